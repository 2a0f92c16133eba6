"""Lines that have nothing but an input are read the quick way, and come out as they do the long way."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from fanfold import providers
from fanfold.batches.input.body_pattern import MARK, body_pattern
from fanfold.batches.input.lines import ReadRequest, read_requests, stored
from fanfold.batches.input.remarks import Remarks
from fanfold.batches.model.batch import BatchSource, Options
from fanfold.lines import split_lines
from fanfold.pricing.tokens import texts
from fanfold.providers import ChatMessage, Dialect, Prompt, Reusing

CASES = Path(__file__).parents[3] / "cases/batch-files"
NAMES = ("openai", "anthropic", "gemini")
OPTIONS: list[dict[str, Any]] = [
    {},
    {"system": "Be brief.", "max_tokens": 20, "temperature": 0.5},
    {"system": MARK},
    {"stop": ["END"], "top_p": 0.9, "response_schema": {"type": "object", "properties": {}}},
]


class Slow:
    """A dialect whose bodies are made one by one."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __getattr__(self, name: str) -> Any:
        if name == "with_input":
            raise AttributeError(name)
        return getattr(self._dialect, name)


def made(name: str) -> Any:
    return providers.provider(name, str, 1)


def read(file: Path, dialect: Any, **options: Any) -> tuple[list[Any], list[str]]:
    remarks = Remarks()
    source = BatchSource(key=file.name, format="csv" if file.suffix == ".csv" else "jsonl")
    lines = split_lines([file.read_bytes()], 4 * 1024 * 1024)
    found = list(read_requests(lines, source, Options(**options), dialect, remarks=remarks))
    return [stored(each) if isinstance(each, ReadRequest) else each for each in found], remarks.notes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("file", sorted([*CASES.glob("*.jsonl"), *CASES.glob("*.csv")]), ids=lambda file: file.name)
def test_each_file_is_read_the_same_either_way(file: Path, options: dict[str, Any], name: str) -> None:
    assert read(file, made(name), provider=name, **options) == read(file, Slow(made(name)), provider=name, **options)


@pytest.mark.parametrize("name", NAMES)
@given(st.text(min_size=1), st.sampled_from(OPTIONS))
def test_a_body_with_another_text_is_the_body_of_a_prompt_with_that_text(
    name: str, text: str, options: dict[str, Any]
) -> None:
    dialect = made(name)
    reusing: object = dialect
    assert isinstance(reusing, Reusing)
    options = dict(options)
    system = options.pop("system", None)
    before = (ChatMessage(role="system", content=system),) if system else ()

    def body(said: str) -> dict[str, Any]:
        prompt = Prompt(dialect.default_model, (*before, ChatMessage(role="user", content=said)), **options)
        made: dict[str, Any] = dialect.body(prompt)
        return made

    assert repr(reusing.with_input(body("first"), text)) == repr(body(text))
    pattern, found = body_pattern(body("first"), reusing.with_input), list[str]()
    if system == MARK:
        assert pattern is None
        return
    assert pattern is not None
    assert (pattern.model, pattern.body(text), pattern.json(text)) == (
        dialect.default_model,
        body(text),
        to_json(body(text)),
    )
    assert pattern.messages == texts(body(text), found)
    assert sorted(pattern.texts(text)) == sorted(found)
