"""Requests as people write them."""

import json
from typing import Any

import pytest

from fanfold.batches.input.lines import LONGEST_LINE, ReadRequest, Stored, read_requests, stored
from fanfold.batches.model.batch import BatchSource, Options
from fanfold.errors import Flaw
from tests.fakes.provider import MemoryProvider


def read(text: bytes | str, **options: Any) -> list[ReadRequest | Flaw]:
    given = text.encode() if isinstance(text, str) else text
    source = BatchSource(key="x", format=options.pop("format", "jsonl"))
    return list(read_requests(given.split(b"\n"), source, Options(**options), MemoryProvider()))


def read_csv(text: bytes | str, **options: Any) -> list[ReadRequest | Flaw]:
    return read(text, format="csv", **options)


def only(found: list[ReadRequest | Flaw]) -> Any:
    [one] = found
    return one


def said(found: list[ReadRequest | Flaw]) -> list[str]:
    """The last message of each request."""
    return [each.body["messages"][-1]["content"] for each in found if isinstance(each, ReadRequest)]


def flawed(found: list[ReadRequest | Flaw]) -> list[tuple[int | None, str | None]]:
    return [(each.line, each.field) for each in found if isinstance(each, Flaw)]


class TestShapes:
    def test_an_input_is_a_message_of_the_user(self) -> None:
        assert only(read('{"input": "Hello"}')) == ReadRequest(
            "request-1", 1, {"model": "echo-1", "messages": [{"role": "user", "content": "Hello"}]}
        )

    def test_messages_go_as_they_are(self) -> None:
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text"}]}]
        assert only(read(json.dumps({"messages": messages}))).body["messages"] == messages

    def test_a_body_is_the_providers_own(self) -> None:
        body = {"messages": [], "anything": {"at": ["all", None]}, "model": "echo-9"}
        assert only(read(json.dumps({"body": body}))).body == body

    def test_what_is_null_is_not_given(self) -> None:
        line = {"input": "a", "messages": None, "body": None, "custom_id": None, "temperature": None}
        assert said(read(json.dumps(line))) == ["a"]

    def test_an_empty_body_is_a_body(self) -> None:
        assert only(read('{"body": {}}')).body == {"model": "echo-1"}

    def test_a_body_without_a_model_gets_one(self) -> None:
        assert only(read('{"body": {"messages": []}}', model="echo-2")).body == {"model": "echo-2", "messages": []}

    def test_a_line_of_openais_batch_file_is_taken(self) -> None:
        line = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "echo-3"}}
        assert only(read(json.dumps(line))) == ReadRequest("a", 1, {"model": "echo-3"})

    def test_a_line_says_more_than_the_batch(self) -> None:
        line = {"input": "x", "model": "echo-2", "system": "mine", "max_tokens": 5, "temperature": 0}
        found = only(read(json.dumps(line), model="echo-3", system="all", max_tokens=9, temperature=1.5))
        assert found.body == {
            "model": "echo-2",
            "messages": [{"role": "system", "content": "mine"}, {"role": "user", "content": "x"}],
            "max_tokens": 5,
            "temperature": 0.0,
        }

    def test_the_batch_says_what_a_line_does_not(self) -> None:
        found = only(read('{"input": "x"}', model="echo-3", system="all", max_tokens=9, temperature=1.5))
        assert (found.body["model"], found.body["max_tokens"], found.body["temperature"]) == ("echo-3", 9, 1.5)
        assert found.body["messages"][0] == {"role": "system", "content": "all"}

    def test_messages_with_a_system_message_keep_it(self) -> None:
        messages = [{"role": "system", "content": "own"}, {"role": "user", "content": "x"}]
        assert only(read(json.dumps({"messages": messages}), system="all")).body["messages"] == messages

    def test_numbers_are_those_of_lines(self) -> None:
        found = read('\n{"input": "a"}\n   \n\r\n{"input": "b"}\n')
        assert [(each.custom_id, each.line) for each in found] == [("request-2", 2), ("request-5", 5)]  # type: ignore[union-attr]

    def test_a_byte_order_mark_is_no_part_of_the_first_line(self) -> None:
        assert said(read(b'\xef\xbb\xbf{"input": "a"}\n{"input": "b"}')) == ["a", "b"]

    def test_nothing_is_no_requests(self) -> None:
        assert read("") == read("\n\n \n") == []

    def test_what_is_stored_is_one_line_and_comes_back(self) -> None:
        body = {"model": "m", "text": "a\nb\r\u2028è\U0001f642"}
        request = ReadRequest("id \u2028", 7, body)
        line = stored(request)
        assert line.splitlines() == [line.removesuffix(b"\n")]
        kept = {"custom_id": "id \u2028", "line": 7, "row": 0, "columns": {}, "body": body}
        assert Stored.model_validate_json(line).model_dump() == kept


class TestFlaws:
    @pytest.mark.parametrize(
        ("line", "field"),
        [
            ("{", None),
            ("[]", None),
            ('"text"', None),
            ("null", None),
            ("{}", None),
            ('{"input": "a"} {"input": "b"}', None),
            ('{"inptu": "a"}', "inptu"),
            ('{"input": "a", "extra": 1}', "extra"),
            ('{"input": "a", "messages": [{"role": "user", "content": "b"}]}', None),
            ('{"input": "a", "body": {}}', None),
            ('{"input": ""}', "input"),
            ('{"input": 7}', "input"),
            ('{"input": null}', None),
            ('{"messages": []}', "messages"),
            ('{"messages": [{"role": "user"}]}', "messages.0.content"),
            ('{"messages": [{"role": "user", "content": "a", "x": 1}]}', "messages.0.x"),
            ('{"messages": "a"}', "messages"),
            ('{"body": []}', "body"),
            ('{"body": {"stream": true}}', "body.stream"),
            ('{"body": {"model": 7}}', "body.model"),
            ('{"body": {"model": "gpt-5"}}', "body.model"),
            ('{"body": {"seed": NaN}}', "body"),
            ('{"body": {"seed": -1e999}}', "body"),
            ('{"messages": [{"role": "user", "content": [{"n": Infinity}]}]}', "body"),
            ('{"input": null, "messages": [{"role": "user", "content": [{"n": -Infinity}]}]}', "body"),
            ('{"input": "a", "response_schema": {"minimum": NaN}}', "response_schema"),
            ('{"input": "a", "model": "gpt-5"}', "model"),
            ('{"input": "a", "model": "echo-1\\n"}', "model"),
            ('{"input": "a", "model": "echo-1\\tx"}', "model"),
            ('{"input": "a", "max_tokens": 0}', "max_tokens"),
            ('{"input": "a", "max_tokens": 1.5}', "max_tokens"),
            ('{"input": "a", "temperature": 3}', "temperature"),
            ('{"input": "a", "temperature": NaN}', "temperature"),
            ('{"input": "a", "custom_id": ""}', "custom_id"),
            ('{"input": "a", "custom_id": []}', "custom_id"),
            ('{"input": "a", "custom_id": "a\\tb"}', "custom_id"),
            ('{"input": "a", "custom_id": "' + "x" * 257 + '"}', "custom_id"),
            ('{"input": "a", "method": "GET"}', "method"),
            ('{"input": "a", "url": "/v1/embeddings"}', "url"),
            ('{"input": "\\ud800"}', None),
            ('{"body": {"deep": ' + "[" * 1000 + "]" * 1000 + "}}", None),
        ],
    )
    def test_a_bad_line_is_named_with_its_field_and_takes_no_other_down(self, line: str, field: str | None) -> None:
        found = read(f'{{"input": "before"}}\n{line}\n{{"input": "after"}}')
        assert said(found) == ["before", "after"]
        assert flawed(found) == [(2, field)]
        assert all(each.detail for each in found if isinstance(each, Flaw))

    @pytest.mark.parametrize("format", ["jsonl", "csv"])
    def test_a_line_that_is_not_utf_8_is_named(self, format: str) -> None:
        text = {"jsonl": '{"input": "è"}\n{"input": "a?"}\n{"input": "b"}', "csv": "input\nè\na?\nb"}[format]
        found = read(text.encode().replace(b"?", b"\xff"), format=format)
        assert said(found) == ["è", "b"]
        assert len(flawed(found)) == 1

    def test_a_line_that_is_too_long_is_named(self) -> None:
        long = json.dumps({"input": "x" * LONGEST_LINE})
        found = read(f'{long}\n{{"input": "a"}}')
        assert said(found) == ["a"]
        assert flawed(found) == [(1, None)]


class TestCsv:
    def test_columns_are_fields(self) -> None:
        text = "custom_id,input,system,model,max_tokens,temperature\na,Hello,Be brief.,echo-2,7,0.5\n"
        assert only(read_csv(text)) == ReadRequest(
            "a",
            2,
            {
                "model": "echo-2",
                "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
                "max_tokens": 7,
                "temperature": 0.5,
            },
        )

    def test_an_empty_cell_is_not_given(self) -> None:
        found = only(read_csv("input,model,custom_id\nHello,,\n", model="echo-4"))
        assert (found.custom_id, found.body["model"]) == ("request-2", "echo-4")

    def test_a_quoted_cell_may_hold_commas_quotes_and_line_breaks(self) -> None:
        found = read_csv('input,custom_id\n"one, ""two""\nthree",a\nfour,b\n')
        assert said(found) == ['one, "two"\nthree', "four"]
        assert [(each.custom_id, each.line) for each in found] == [("a", 2), ("b", 4)]  # type: ignore[union-attr]

    def test_a_byte_order_mark_and_blanks_around_names_are_no_part_of_them(self) -> None:
        assert said(read_csv(b"\xef\xbb\xbf input , custom_id\na,b")) == ["a"]

    def test_blank_rows_are_none(self) -> None:
        assert said(read_csv("\n\ninput\n\na\n\nb\n")) == ["a", "b"]

    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ("a", None),
            ("a,b,c", None),
            (",b", None),
            ('"a"b,c', None),
            ("a," + "x" * 257, "custom_id"),
        ],
    )
    def test_a_bad_row_is_named_and_takes_no_other_down(self, row: str, field: str | None) -> None:
        found = read_csv(f"input,custom_id\nbefore,1\n{row}\nafter,2\n")
        assert said(found) == ["before", "after"]
        assert flawed(found) == [(3, field)]

    def test_a_column_of_no_use_is_named_in_every_row(self) -> None:
        assert flawed(read_csv("input,colour\na,red\nb,blue")) == [(2, "colour"), (3, "colour")]

    def test_a_bad_number_is_named(self) -> None:
        assert flawed(read_csv("input,max_tokens\na,many\nb,3")) == [(2, "max_tokens")]

    def test_a_quote_that_is_never_closed_is_named(self) -> None:
        found = read_csv('input\na\n"b\nc\n')
        assert said(found) == ["a"]
        assert flawed(found) == [(3, None), (4, None), (5, None)]

    def test_a_row_that_is_too_long_is_not_cut_in_silence(self) -> None:
        long = "x" * (LONGEST_LINE - 10)
        found = read_csv(f"custom_id,input\na-long-identifier,{long}\nb,short\n")
        assert said(found) == ["short"]
        assert flawed(found) == [(2, None)]

    def test_a_quoted_cell_is_not_longer_than_a_line_may_be(self) -> None:
        cell = "\n".join(["x" * 1_000_000] * 5)
        found = read_csv(f'input\n"{cell}"\nshort\n')
        assert (2, None) in flawed(found)
        assert "short" in said(found)


LONG = {
    "400 digits": "9" * 400,
    "5,000 digits": "9" * 5000,
    "60 digits": "-" + "9" * 60,
    "infinity": "1e400",
    "NaN": "NaN",
}


class TestNumbers:
    @pytest.mark.parametrize("number", LONG.values(), ids=LONG.keys())
    @pytest.mark.parametrize(
        "line",
        [
            '{"input": "a", "max_tokens": #}',
            '{"input": "a", "seed": #}',
            '{"input": "a", "temperature": #}',
            '{"input": "a", "tools": [{"type": "function", "function": {"name": "f", "parameters": {"maximum": #}}}]}',
            '{"input": "a", "response_schema": {"type": "integer", "maximum": #}}',
            '{"body": {"model": "m-small", "messages": [{"role": "user", "content": "a"}], "max_tokens": #}}',
            '{"body": {"model": "m-small", "messages": [{"role": "user", "content": "a"}], "metadata": {"a": [#]}}}',
        ],
    )
    def test_one_that_is_too_long_fails_its_line_alone(self, line: str, number: str) -> None:
        found = read('{"input": "good"}\n' + line.replace("#", number) + '\n{"input": "good"}')
        assert [isinstance(each, Flaw) for each in found] == [False, True, False]

    def test_one_in_a_column_that_is_kept_fails_its_line_alone(self) -> None:
        lines = '{"text": "good", "n": 1}\n{"text": "bad", "n": ' + "9" * 400 + "}"
        found = read(lines, template="{text}", keep_columns="all")
        assert flawed(found) == [(2, "keep_columns")]


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u2066", "\u061c", "\x00", "\x7f"])
def test_an_id_has_no_marks_that_turn_or_control_text(mark: str) -> None:
    assert flawed(read(json.dumps({"custom_id": f"a{mark}b", "input": "hi"}))) == [(1, "custom_id")]
