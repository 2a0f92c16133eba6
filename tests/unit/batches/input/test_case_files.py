"""Files of people who run batches: each is taken as they mean it, or refused by name (`tests/cases/batch-files`)."""

import json
from pathlib import Path
from typing import Any

import pytest

from fanfold import providers
from fanfold.batches.input.lines import ReadRequest, read_requests
from fanfold.batches.input.remarks import Remarks
from fanfold.batches.model.batch import BatchSource, Options
from fanfold.errors import Flaw
from fanfold.lines import split_lines

CASES = Path(__file__).parents[3] / "cases/batch-files"
TEXT = "Say: {text}"


class Reading:
    """What came of a file."""

    def __init__(self, name: str, **options: Any) -> None:
        remarks = Remarks()
        provider = providers.provider(options.setdefault("provider", "openai"), lambda: "", 1)
        source = BatchSource(key=name, format="csv" if name.endswith(".csv") else "jsonl")
        lines = split_lines([(CASES / name).read_bytes()], 4 * 1024 * 1024)
        found = list(read_requests(lines, source, Options(**options), provider, remarks=remarks))
        self.requests = [each for each in found if isinstance(each, ReadRequest)]
        self.flaws = [each for each in found if isinstance(each, Flaw)]
        self.notes = remarks.notes

    @property
    def said(self) -> dict[str, Any]:
        """The last message of each request."""
        return {each.custom_id: each.body["messages"][-1]["content"] for each in self.requests}

    @property
    def lines(self) -> list[tuple[int | None, str | None]]:
        return [(flaw.line, flaw.field) for flaw in self.flaws]


def test_an_array_is_taken_whole() -> None:
    found = Reading("array.json.jsonl")
    assert (found.said, found.flaws) == ({"a": "x", "b": "y"}, [])
    assert [(each.line, each.row) for each in found.requests] == [(2, 0), (3, 1)]
    assert "array" in found.notes[0]


def test_blank_lines_above_a_header_are_skipped() -> None:
    found = Reading("blank_lead.csv", template=TEXT)
    assert (found.said, found.flaws) == ({"a": "Say: one"}, [])
    assert [(each.line, each.row) for each in found.requests] == [(4, 0)]


def test_a_body_is_completed_with_the_options() -> None:
    found = Reading("body_options.jsonl", max_tokens=20, system="Be brief.")
    assert [each.body["max_completion_tokens"] for each in found.requests] == [20, 20]
    assert [each.body["messages"][0]["content"] for each in found.requests] == ["Be brief.", "Be brief."]
    assert found.notes[-1].startswith("1 request with a provider's body took from the options")


@pytest.mark.parametrize(
    ("name", "options", "said", "flaws"),
    [
        ("bom_crlf.jsonl", {}, {"a": "Hi one", "b": "Hi two"}, []),
        ("dupes.jsonl", {}, {"a": "y", "b": "z"}, []),
        ("pretty.jsonl", {}, {}, [(1, None), (2, None), (3, None), (4, None)]),
        ("quotes_newlines.csv", {"template": "{text}"}, {"a": 'He said "hi"\nand left', "b": "x, y", "c": "plain"}, []),
        ("ragged.csv", {"template": "{text}"}, {}, [(2, None), (3, None), (4, None)]),
        ("formula.csv", {"template": "{text}"}, {"=1+1": "=SUM(A1)"}, []),
        ("implicit_id_clash.jsonl", {}, {"request-2": "second, no id", "request-3": "third"}, []),
        ("semicolon.csv", {"template": TEXT}, {"a": "Say: hello", "b": "Say: x"}, []),
        ("latin1.csv", {"template": "{text}"}, {"a": "café", "b": "ok"}, []),
        ("utf16.jsonl", {}, {"a": "Hi one", "b": "Hi two"}, []),
        ("int_id.jsonl", {}, {"7": "x", "0": "y", "request-3": "z"}, []),
        ("index_col.csv", {"template": "{text}"}, {"request-2": "one", "request-3": "two"}, []),
        ("percent_ids.jsonl", {}, {"100%": "say 0", "a%2Fb": "say 1", "50%20off": "say 2", "x%zz": "say 3"}, []),
        ("empty_cell.csv", {"template": TEXT}, {"c": "Say: ok"}, [(2, "text"), (3, "text")]),
        ("empty_cell.csv", {"template": TEXT, "allow_empty": True}, {"a": "Say: ", "b": "Say: ", "c": "Say: ok"}, []),
        ("empty_cell_input.csv", {}, {"c": "ok"}, [(2, None), (3, None)]),
        ("missing_col.csv", {"template": TEXT}, {}, [(1, "text")]),
        ("template_braces.csv", {"template": TEXT}, {"a": "Say: hello {world}"}, []),
        ("empty.jsonl", {}, {}, []),
        ("only_blank.jsonl", {}, {}, []),
        ("header_only.csv", {"template": TEXT}, {}, []),
        ("dupid.csv", {"template": "{text}"}, {"a": "two", "request-4": "three", "request-5": "four"}, []),
        (
            "template_values.jsonl",
            {"template": TEXT},
            {"d": 'Say: {"a": 1}'},
            [(1, "text"), (2, "text"), (3, "text"), (5, "text")],
        ),
    ],
)
def test_a_file_is_taken_as_it_is_meant(
    name: str, options: dict[str, Any], said: dict[str, str], flaws: list[tuple[int, str | None]]
) -> None:
    found = Reading(name, **options)
    assert (found.said, found.lines) == (said, flaws)


@pytest.mark.parametrize(
    ("name", "note"), [("semicolon.csv", "`delimiter`"), ("latin1.csv", "Windows-1252"), ("utf16.jsonl", "utf-16")]
)
def test_what_was_found_out_of_a_file_is_told(name: str, note: str) -> None:
    assert note in " ".join(Reading(name, template="{text}" if name.endswith("csv") else None).notes)


def test_a_missing_column_names_those_that_there_are() -> None:
    assert Reading("missing_col.csv", template=TEXT).flaws[0].detail.endswith("the fields are: custom_id, txt")


def test_numbers_that_json_has_not_are_named() -> None:
    found = Reading("nan.jsonl")
    assert (list(found.said), found.lines) == (["c"], [(1, "body"), (2, "temperature")])
    assert "NaN" in found.flaws[0].detail


def test_openais_lines_are_told_apart() -> None:
    found = Reading("openai_lines.jsonl")
    assert {each.custom_id for each in found.requests} == {"a", "i", "j"}
    assert (8, None) in found.lines
    assert (5, "body") in found.lines  # a request of the Responses API, and the batch asks for completions


def test_an_open_quote_says_what_it_swallowed() -> None:
    found = Reading("unbalanced.csv", template="{text}")
    assert (list(found.said), len(found.flaws)) == (["a"], 201)
    assert "down to line 203" in found.flaws[0].detail
    assert found.flaws[0].line == 3


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
def test_pictures_tools_and_turns_reach_each_provider(provider: str) -> None:
    found = Reading("shapes.jsonl", provider=provider, max_tokens=40)
    bodies = {each.custom_id: json.dumps(each.body) for each in found.requests}
    assert {"img", "multi", "toolmsg", "dev"} <= bodies.keys()
    assert "https://example.com/a.png" in bodies["img"]
    assert '"w"' in bodies["toolmsg"]
    assert '"developer"' not in bodies["dev"] or provider == "openai"


def test_each_provider_has_them_its_own_way() -> None:
    anthropic = {each.custom_id: each.body for each in Reading("shapes.jsonl", provider="anthropic").requests}
    assert anthropic["img"]["messages"][0]["content"][1]["source"] == {
        "type": "url",
        "url": "https://example.com/a.png",
    }
    assert [turn["role"] for turn in anthropic["toolmsg"]["messages"]] == ["user", "assistant", "user"]
    assert anthropic["toolmsg"]["messages"][1]["content"] == [{"type": "tool_use", "id": "t", "name": "w", "input": {}}]
    assert anthropic["toolmsg"]["messages"][2]["content"][0]["tool_use_id"] == "t"
    assert anthropic["dev"]["system"] == "s"
    gemini = {each.custom_id: each.body for each in Reading("shapes.jsonl", provider="gemini").requests}
    assert gemini["img"]["contents"][0]["parts"][1]["fileData"]["mimeType"] == "image/png"
    assert gemini["toolmsg"]["contents"][1]["parts"] == [{"functionCall": {"name": "w", "args": {}}}]
    assert gemini["toolmsg"]["contents"][2]["parts"][0]["functionResponse"]["name"] == "w"
