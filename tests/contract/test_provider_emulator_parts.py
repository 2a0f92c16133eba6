"""The parts of the provider emulator that are easier to pin down without a server."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.provider import surfaces
from local.provider.batches import BatchRunner
from local.provider.chance import pick
from local.provider.json_schema import SchemaError, example
from local.provider.known_models import openai_models
from local.provider.lifecycle import phase_of
from local.provider.problems import CallError
from local.provider.records import Batch, LineError, StoredFile, Verdict
from local.provider.results import Line, Renderers
from local.provider.store import Store
from local.provider.surface import Emulator, Limits, discover
from local.provider.surfaces.anthropic.messages import Messages
from local.provider.surfaces.anthropic.prompt_cache import PromptCache
from local.provider.surfaces.gemini.lines import complete as generated
from local.provider.surfaces.gemini.requests import content_prompt
from local.provider.surfaces.openai.lines import PROMPTS, complete

BATCH = Batch("b", "o", "openai", "/v1/x", "f", "sha", 10, "24h", None, created_at=1000.0, latency=100.0)


class TestLifecycle:
    @pytest.mark.parametrize(
        ("elapsed", "faults", "status", "done"),
        [
            (0, {}, "validating", 0),
            (9, {}, "validating", 0),
            (10, {}, "in_progress", 0),
            (50, {}, "in_progress", 0.5),
            (90, {}, "finalizing", 1),
            (100, {}, "completed", 1),
            (1e6, {"stuck": 0.5}, "in_progress", 0.5),
            (50, {"expired": 0.4}, "in_progress", 0.2),
            (100, {"expired": 0.4}, "expired", 0.4),
            (5, {"token_limit": 0.5}, "validating", 0),
            (10, {"token_limit": 0.5}, "failed", 0),
        ],
    )
    def test_time_alone_decides(self, elapsed: float, faults: dict[str, float], status: str, done: float) -> None:
        phase = phase_of(replace(BATCH, faults=faults), 1000 + elapsed)
        assert (phase.status, phase.done) == (status, pytest.approx(done))

    def test_cancelling_takes_a_while_and_keeps_the_work(self) -> None:
        batch = replace(BATCH, cancelling_at=1050.0)
        assert phase_of(batch, 1055).status == "cancelling"
        ended = phase_of(batch, 1060)
        assert (ended.status, ended.done) == ("cancelled", pytest.approx(0.5))
        assert ended.times == {"in_progress_at": 1010, "cancelling_at": 1050, "cancelled_at": 1060}

    def test_a_bad_input_fails_even_when_cancelled(self) -> None:
        verdict = Verdict(1, 0, None, [LineError("invalid_json_line", "no", 1)])
        assert phase_of(replace(BATCH, verdict=verdict, cancelling_at=1050.0), 1060).status == "failed"

    def test_no_latency_is_done_at_once(self) -> None:
        assert phase_of(replace(BATCH, latency=0), 1000).status == "completed"


class SlowDialect:
    """Answers each line with itself, when it is let."""

    file_prefix, output_purpose = "file-", "batch_output"

    def __init__(self) -> None:
        self.started, self.may_go_on, self.answers = threading.Event(), threading.Event(), 0

    def check(self, batch: Batch, source: Path) -> Verdict:
        return Verdict(2, 0, "m")

    def renderers(self, batch: Batch, phase: object) -> Renderers:
        return Renderers(self.answer, self.answer, self.answer)

    def answer(self, raw: bytes) -> Line:
        self.answers += 1
        self.started.set()
        assert self.may_go_on.wait(10)
        return Line(True, raw.decode().strip())


def test_results_are_written_once_and_nobody_else_waits(tmp_path: Path) -> None:
    store, dialect = Store(tmp_path), SlowDialect()
    store.content("f").write_bytes(b"1\n2\n")
    store.add_file(StoredFile("f", "o", "in.jsonl", "batch", 4, "sha", 2, 1000.0))
    store.save_batch(BATCH)
    runner = BatchRunner(store, clock=lambda: 1200.0)
    first = threading.Thread(target=runner.refresh, args=(BATCH, dialect))
    first.start()
    assert dialect.started.wait(10)
    meanwhile, phase = runner.refresh(store.batch("b", "o") or BATCH, dialect)
    assert (phase.status, meanwhile.outcome) == ("finalizing", None)
    dialect.may_go_on.set()
    first.join()
    batch, phase = runner.refresh(BATCH, dialect)
    assert (phase.status, dialect.answers) == ("completed", 2)
    assert batch.outcome is not None
    assert sorted(store.content(str(batch.outcome.output_file_id)).read_text().split()) == ["1", "2"]
    assert [file.purpose for file in store.files("o", None, None, 10, newest_first=True)] == ["batch_output", "batch"]
    store.close()


def test_pick_takes_an_exact_share() -> None:
    assert [len(pick(total, 0.25, "x")) for total in (0, 1, 2, 8, 100)] == [0, 1, 1, 2, 25]
    assert pick(100, 0.25, "x") != pick(100, 0.25, "y")
    assert pick(10, 0) == frozenset()


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 50, "maxLength": 60},
        {"type": "string", "enum": ["a"]},
        {"const": {"deep": [1]}},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "integer", "multipleOf": 7, "minimum": 20, "maximum": 30},
        {"type": "integer", "maximum": -5},
        {"type": ["null", "string"]},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
        {"allOf": [{"type": "object", "properties": {"a": {"type": "null"}}}, {"required": ["a"]}]},
        {"oneOf": [{"type": "integer", "minimum": 10}, {"type": "string"}]},
        {
            "$ref": "#/$defs/node",
            "$defs": {
                "node": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                        "all": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                    },
                    "required": ["name", "next", "all"],
                }
            },
        },
    ],
)
def test_schema_examples_are_valid(schema: dict[str, object]) -> None:
    for seed in range(30):
        value = example(schema, seed, ["word", "other"])
        jsonschema.validate(value, schema)
        assert len(json.dumps(value)) < 50_000


FLOORS = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n - 1}"}] * 2} for n in range(1, 30)}
TOWER = {"$ref": "#/$defs/d29", "$defs": {"d0": {}} | FLOORS}
"""Each floor names the one below twice."""


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "flat"},
        {"enum": []},
        {"$ref": "#"},
        {"$ref": "#/$defs/none"},
        {"type": "object", "properties": {"me": {"$ref": "#"}}, "required": ["me"]},
        {"type": "integer", "minimum": "low"},
        {"properties": 7},
        TOWER,
        {"type": "array", "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
    ],
)
def test_schemas_without_a_value_are_refused(schema: dict[str, object]) -> None:
    with pytest.raises(SchemaError):
        example(schema, 1, [])


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    "tools",
    "tool_choice",
    "messages",
    "input",
    "instructions",
    "max_tokens",
    "max_output_tokens",
    "temperature",
    "top_p",
    "n",
)
FORMS = st.fixed_dictionaries({"type": st.just("json_schema"), "schema": ANY_JSON, "json_schema": ANY_JSON})


@settings(max_examples=200, deadline=None)
@given(
    endpoint=st.sampled_from(sorted(PROMPTS)),
    fields=st.dictionaries(st.sampled_from(FIELDS), ANY_JSON),
    form=FORMS | ANY_JSON,
    text=st.text(max_size=20),
)
def test_no_body_breaks_the_model(endpoint: str, fields: dict[str, object], form: object, text: str) -> None:
    good = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], "input": text}
    with suppress(CallError):
        body, usage = complete(endpoint, good | {"response_format": form, "text": {"format": form}} | fields, 0)
        assert json.dumps(body)
        assert usage.output >= 0


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    store = Store(tmp_path_factory.mktemp("store"))
    yield Emulator(store, BatchRunner(store), Limits())
    store.close()


NESTED = ("messages", "system", "tools", "tool_choice", "cache_control", "thinking", "output_config", "max_tokens")
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "document", "tool_result", "image"])},
    optional={"text": ANY_JSON, "source": ANY_JSON, "content": ANY_JSON, "cache_control": ANY_JSON, "title": ANY_JSON},
)


@settings(max_examples=100, deadline=None)
@given(
    fields=st.dictionaries(st.sampled_from(NESTED), ANY_JSON, max_size=3),
    block=BLOCK | ANY_JSON,
    tool=ANY_JSON,
    forced=st.booleans(),
)
def test_no_message_breaks_the_model(
    emulated: Emulator, fields: dict[str, object], block: object, tool: object, forced: bool
) -> None:
    body = {"model": "claude-haiku-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": [block]}]}
    if forced:
        body |= {"tools": [{"name": "x", "input_schema": tool}], "tool_choice": {"type": "any"}}
    messages = Messages(emulated, PromptCache())
    with suppress(CallError):
        answer, usage = messages.complete(messages.read(None, body | fields, "owner"))
        assert json.dumps(answer)
        assert usage.input >= 0


GEMINI = ("contents", "tools", "toolConfig", "generationConfig", "systemInstruction")


@settings(max_examples=100, deadline=None)
@given(fields=st.dictionaries(st.sampled_from(GEMINI), ANY_JSON, max_size=3), tools=ANY_JSON, schema=ANY_JSON)
def test_no_content_breaks_the_model(fields: dict[str, object], tools: object, schema: object) -> None:
    body = {
        "contents": [{"parts": [{"text": "x"}]}],
        "generationConfig": {"responseMimeType": "application/json", "responseSchema": schema},
        "tools": [{"functionDeclarations": tools}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}} if tools else {},
    }
    with suppress(CallError):
        answer, _usage = generated(content_prompt("gemini-3.5-flash", body | fields))
        assert json.dumps(answer)


def test_a_new_file_is_a_new_surface(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "newcomer.py").write_text("def surface(emulator):\n    return ('newcomer', emulator)\n")
    monkeypatch.setattr(surfaces, "__path__", [*surfaces.__path__, str(tmp_path)])
    store = Store(tmp_path / "state")
    emulator = Emulator(store, BatchRunner(store), Limits())
    found = list(discover(emulator))
    assert ("newcomer", emulator) in found
    assert len(found) == 4
    store.close()


def test_models_are_those_of_the_sdk() -> None:
    from typing import get_args

    from openai.types import ChatModel

    assert openai_models() == get_args(ChatModel)
