"""A template of a prompt, and the rows and lines that fill it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fanfold.batches.commands import EditBatch, edit, process
from fanfold.batches.input.lines import ReadRequest, read_requests
from fanfold.batches.model.batch import BatchSource, Options
from fanfold.batches.model.prompt_template import PromptTemplate
from fanfold.errors import Flaw
from tests.fakes.cloud import FakeCloud
from tests.fakes.provider import MemoryProvider


def filled(text: str, template: str, format: str = "csv", **options: Any) -> list[ReadRequest | Flaw]:
    source = BatchSource(key="x", format="csv" if format == "csv" else "jsonl")
    lines = text.encode().split(b"\n")
    return list(read_requests(lines, source, Options(template=template, **options), MemoryProvider()))


def prompts(found: list[ReadRequest | Flaw]) -> list[tuple[str, str]]:
    return [(each.custom_id, each.body["messages"][-1]["content"]) for each in found if isinstance(each, ReadRequest)]


def flawed(found: list[ReadRequest | Flaw]) -> list[tuple[int | None, str | None]]:
    return [(each.line, each.field) for each in found if isinstance(each, Flaw)]


class TestTemplate:
    @pytest.mark.parametrize(
        ("text", "prompt"),
        [
            ("Classify: {text}", "Classify: T"),
            ("{text}", "T"),
            ("{text}{text} {n}!", "TT 7!"),
            ("{ text }", "T"),
            ('{{"answer": "{text}"}}', '{"answer": "T"}'),
            ("{{{text}}}", "{T}"),
            ("{Customer name}: {a.b}", "C: D"),
            ("è {text} \U0001f642\n", "è T \U0001f642\n"),
        ],
    )
    def test_gaps_are_filled_by_name(self, text: str, prompt: str) -> None:
        record = {"text": "T", "n": 7, "Customer name": "C", "a.b": "D", "other": "x"}
        assert PromptTemplate.of(text).fill(record) == prompt

    @given(st.text(), st.text(), st.text())
    def test_what_is_filled_in_is_never_read_as_a_gap(self, before: str, value: str, after: str) -> None:
        def plain(text: str) -> str:
            return text.replace("{", "{{").replace("}", "}}")

        assert PromptTemplate.of(f"{plain(before)}{{x}}{plain(after)}").fill({"x": value}) == before + value + after

    @pytest.mark.parametrize(
        ("value", "text"),
        [(None, ""), (True, "true"), (1.5, "1.5"), (["è"], '["è"]'), ({"a": 1}, '{"a": 1}'), ("", "")],
    )
    def test_what_is_no_text_goes_in_as_json(self, value: Any, text: str) -> None:
        assert PromptTemplate.of("<{x}>").fill({"x": value}) == f"<{text}>"

    @pytest.mark.parametrize("text", ["", "Classify", "{", "{text", "text}", "{}", "{text} }", "{{text}}", "{a{b}"])
    def test_what_is_no_template_is_refused_by_its_field(self, text: str) -> None:
        with pytest.raises(ValidationError) as refused:
            Options(template=text)
        assert refused.value.errors()[0]["loc"] == ("template",)


class TestCsv:
    def test_each_row_is_a_prompt(self) -> None:
        found = filled('text,label\nHello,greeting\n"Good, bye",farewell', "Is {text} a {label}?")
        assert prompts(found) == [
            ("request-2", "Is Hello a greeting?"),
            ("request-3", "Is Good, bye a farewell?"),
        ]

    def test_a_custom_id_is_used_if_there_is_one(self) -> None:
        found = filled("id,custom_id,text\n1,a,Hello\n2,,Bye", "{id} {text}")
        assert prompts(found) == [("a", "1 Hello"), ("request-3", "2 Bye")]

    def test_columns_with_names_of_options_are_columns(self) -> None:
        found = filled("model,system,text\nT,two-stroke,x", "{model}: {system}", model="echo-9", system="Be brief.")
        assert prompts(found) == [("request-2", "T: two-stroke")]
        assert [each.body["model"] for each in found if isinstance(each, ReadRequest)] == ["echo-9"]

    def test_a_gap_that_no_column_fills_is_named_once(self) -> None:
        [flaw] = filled("text,label\na,b\nc,d", "Classify: {txt}")
        assert isinstance(flaw, Flaw)
        assert (flaw.line, flaw.field) == (1, "txt")
        assert "text, label" in flaw.detail

    def test_a_bad_row_takes_no_other_down(self) -> None:
        found = filled("custom_id,text\na,1\nb\nc,3", "{text}")
        assert [name for name, _ in prompts(found)] == ["a", "c"]
        assert flawed(found) == [(3, None)]

    def test_a_prompt_of_nothing_is_named(self) -> None:
        assert flawed(filled("text,x\n,1\nb,2", "{text}")) == [(2, "text")]

    def test_a_row_over_several_lines_and_a_byte_order_mark(self) -> None:
        assert prompts(filled('\ufefftext\n"a\nb"', "<{text}>")) == [("request-2", "<a\nb>")]


class TestJson:
    def test_each_object_is_a_prompt(self) -> None:
        lines = [{"text": "Hello", "n": 1}, {"custom_id": "b", "text": "", "n": [2], "input": "ignored"}]
        found = filled("\n".join(map(json.dumps, lines)), "{text}{n}", "jsonl", allow_empty=True)
        assert prompts(found) == [("request-1", "Hello1"), ("b", "[2]")]

    def test_an_object_that_lacks_a_field_is_named_by_it(self) -> None:
        found = filled('{"text": "a"}\n{"txt": "b"}\n[]\n{\n{"text": "c", "custom_id": []}', "{text}", "jsonl")
        assert prompts(found) == [("request-1", "a")]
        assert flawed(found) == [(2, "text"), (3, None), (4, None), (5, "custom_id")]


def test_a_drafts_template_can_be_changed() -> None:
    cloud = FakeCloud()
    job = cloud.create([{"text": "a"}], draft=True, template="Classify: {text}")
    edit(job.ref, EditBatch.model_validate({"template": "Say {text}"}), cloud.backend)
    process(job.ref, cloud.backend)
    cloud.machine.settle()
    assert [result["output"] for result in cloud.results(job)] == ["Say a"]
