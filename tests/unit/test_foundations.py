"""What everything stands on: errors, problems, settings, clock, plug-ins, health, counters."""

import ast
import json
import re
from configparser import ConfigParser
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from fanfold import errors, plugins, problems, providers
from fanfold.clock import moment, stamp, utc_now
from fanfold.errors import (
    FanfoldError,
    Flaw,
    Invalid,
    Misconfigured,
    ProviderRefused,
    ProviderUnavailable,
    Refused,
    reason,
)
from fanfold.health import Check, ProviderChecks, check
from fanfold.jobs.chunk_results import ChunkResult, ChunkResults, pack_offsets
from fanfold.jobs.job import Counts, JobRef
from fanfold.jobs.store import COUNT
from fanfold.settings import Settings
from tests.fakes.provider import MemoryProvider
from tests.fakes.table import MemoryTable

ROOT = Path(__file__).parents[2]
REF = JobRef(tenant="acme", job="b1")


def kinds(root: type[FanfoldError]) -> set[type[FanfoldError]]:
    return {root}.union(*(kinds(each) for each in root.__subclasses__()))


FIELDS = len(Counts.model_fields)


class TestErrors:
    def test_the_tree_is_drawn_whole(self) -> None:
        drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))
        assert drawn == {kind.__name__ for kind in kinds(FanfoldError)} - {"FanfoldError"}

    def test_statuses_are_those_that_are_drawn(self) -> None:
        drawn = dict(re.findall(r"── (\w+) +(\d{3})", errors.__doc__ or ""))
        assert drawn == {kind.__name__: str(kind.status) for kind in kinds(Refused) - {Refused}}  # type: ignore[attr-defined]

    def test_every_refusal_has_a_code_of_its_own_that_is_documented(self) -> None:
        refusals = [kind("no", *([1] if kind is errors.Busy else [])) for kind in kinds(Refused) - {Refused}]
        codes = {problems.problem(each).code: problems.problem(each).status for each in refusals}  # type: ignore[arg-type]
        rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", (ROOT / "docs/api.md").read_text(), re.MULTILINE)
        assert codes == {code: int(status) for code, status in rows}
        assert len(codes) == len(refusals)

    def test_the_state_machine_names_only_errors_that_there_are(self) -> None:
        text = (ROOT / "statemachine" / "batch.asl.yaml").read_text()
        named = set(re.findall(r"[A-Z]\w+(?:\.\w+)?", json.dumps(_errors_in(yaml.safe_load(text)))))
        ours = {error for error in named if "." not in error}
        assert ours <= {kind.__name__ for kind in kinds(FanfoldError)}
        assert ours

    @pytest.mark.parametrize(
        ("error", "cause", "said"),
        [
            ("JobRefused", '{"errorMessage": "empty", "errorType": "JobRefused"}', "empty"),
            ("States.Timeout", "", "States.Timeout"),
            ("Lambda.Unknown", "out of memory", "Lambda.Unknown: out of memory"),
            ("X", '{"errorMessage": "cut of', 'X: {"errorMessage": "cut of'),
            ("X", "[1]", "X: [1]"),
            ("X", "null", "X: null"),
            ("", "", ""),
        ],
    )
    def test_a_reason_is_in_words(self, error: str, cause: str, said: str) -> None:
        assert reason(error, cause) == said

    def test_a_field_is_a_flaw(self) -> None:
        assert Invalid("no", field="model").flaws == (Flaw(field="model", detail="no"),)
        assert Invalid("no").flaws == ()
        assert Invalid("no", Flaw(line=3, detail="x"), field="model").flaws == (Flaw(line=3, detail="x"),)


def _errors_in(node: object) -> list[object]:
    if isinstance(node, dict):
        own = [node["ErrorEquals"]] if "ErrorEquals" in node else []
        return own + [found for each in node.values() for found in _errors_in(each)]
    return [found for each in node for found in _errors_in(each)] if isinstance(node, list) else []


class Order(BaseModel):
    size: int
    notes: list[dict[str, int]] = []


class TestProblems:
    @pytest.mark.parametrize("kind", sorted(kinds(Refused), key=lambda kind: kind.__name__))  # type: ignore[attr-defined]
    def test_every_refusal_is_a_document(self, kind: type[Refused]) -> None:
        document = problems.problem(kind("the detail", field="model"), "/v1/batches")
        assert document.model_dump(exclude_none=True) == {
            "type": f"urn:fanfold:problem:{kind.__name__}",
            "code": document.code,
            "title": kind.title,
            "status": kind.status,
            "detail": "the detail",
            "instance": "/v1/batches",
            "errors": ({"field": "model", "detail": "the detail"},),
        }
        assert 400 <= document.status < 500

    def test_fields_are_dotted_paths(self) -> None:
        with pytest.raises(ValidationError) as error:
            Order.model_validate({"notes": [{"a": 1}, {"b": "x"}]})
        assert {flaw.field for flaw in problems.flaws(error.value, 7)} == {"size", "notes.1.b"}
        assert {flaw.line for flaw in problems.flaws(error.value, 7)} == {7}
        assert problems.invalid(error.value, "the order").detail == "the order: size, notes.1.b"

    def test_what_is_no_json_has_no_field(self) -> None:
        with pytest.raises(ValidationError) as error:
            Order.model_validate_json("{")
        refused = problems.invalid(error.value, "the order")
        assert refused.detail == "the order: the body"
        assert refused.flaws[0].field is None

    def test_what_was_sent_is_not_told_back(self) -> None:
        with pytest.raises(ValidationError) as error:
            Order.model_validate({"size": "a secret"})
        assert "secret" not in str(problems.flaws(error.value))


class TestSettings:
    def test_names_are_variables_and_all_else_is_in_one(self) -> None:
        said = '{"max_mishaps": 9, "provider_timeout_seconds": 2.5, "rate_limits": {"openai": {"requests": 5}}}'
        read = Settings.from_environment({"TABLE_NAME": "t", "SETTINGS": said})
        assert (read.table_name, read.max_mishaps, read.provider_timeout_seconds) == ("t", 9, 2.5)
        assert read.rate_limits["openai"].requests == 5

    def test_what_is_missing_or_empty_keeps_its_default(self) -> None:
        assert Settings.from_environment({"TABLE_NAME": "", "SETTINGS": "", "OTHER": "x"}) == Settings()

    def test_an_operators_prices_are_taken_as_they_are_written(self) -> None:
        said = '{"price_overrides": {"openai/x": {"input_usd": 0.1, "output_usd": 0.30}}}'
        prices = Settings.from_environment({"SETTINGS": said}).price_overrides
        assert prices == {"openai/x": {"input_usd": "0.1", "output_usd": "0.30"}}

    @pytest.mark.parametrize(
        ("said", "named"),
        [
            ('{"max_mishaps": "many"}', "max_mishaps"),
            ('{"max_mishap": 9}', "max_mishap"),
            ('{"rate_limits": {"openai": {"request": 5}}}', "rate_limits.openai.request"),
            ('{"table_name": "t"}', "table_name"),
            ("[]", "no JSON object"),
            ("{", "no JSON"),
        ],
    )
    def test_what_makes_no_sense_is_an_error_that_names_it(self, said: str, named: str) -> None:
        with pytest.raises(Misconfigured, match=re.escape(named)):
            Settings.from_environment({"SETTINGS": said})

    def test_nothing_reads_the_environment_but_the_wiring(self) -> None:
        """And what starts processes, for the paths that they start with."""
        readers = {
            path.name
            for folder in ("layers/core/python", "functions")
            for path in (ROOT / folder).rglob("*.py")
            if any(getattr(node, "attr", "") in ("environ", "getenv") for node in ast.walk(ast.parse(path.read_text())))
        }
        assert readers == {"entrance.py", "confined.py"}


class TestClock:
    @given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(0, 10**12))
    def test_the_order_of_stamps_is_that_of_moments(self, first: datetime, later: int) -> None:
        early = first.replace(tzinfo=UTC)
        late = early + timedelta(microseconds=later)
        assert stamp(early) <= stamp(late)
        assert timedelta() <= early - moment(stamp(early)) < timedelta(milliseconds=1)

    def test_a_stamp_is_utc_to_the_millisecond(self) -> None:
        there = datetime(2026, 11, 22, 22, 7, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))
        assert stamp(there) == "2026-11-22T21:07:00.123Z"
        assert moment(stamp(there)).utcoffset() == timedelta()
        assert utc_now().tzinfo is UTC


class TestPlugins:
    def test_a_file_is_a_plug_in_under_its_name(self) -> None:
        folder = ROOT / "layers/core/python/fanfold/providers"
        places = {path.stem for path in (*folder.glob("*.py"), *(each.parent for each in folder.glob("*/__init__.py")))}
        assert set(providers.names()) == {name for name in places if not name.startswith("_")}

    @pytest.mark.parametrize("name", ["nobody", "", "__init__", "../wiring", "openai.OpenAI", "OpenAI"])
    def test_no_other_name_is_loaded(self, name: str) -> None:
        with pytest.raises(KeyError):
            plugins.load("fanfold.providers", name)
        with pytest.raises(Invalid, match="openai"):
            providers.provider(name, str, 1)

    def test_a_key_is_not_asked_for_before_it_is_needed(self) -> None:
        def key() -> str:
            raise AssertionError("asked")

        assert providers.provider("openai", key, 1).knows("gpt-5")


class TestHealth:
    def test_all_well_is_ok(self) -> None:
        assert check({"a": lambda: 1, "b": dict}, "1.2").model_dump() == {
            "status": "ok",
            "version": "1.2",
            "checks": {"a": {"ok": True, "error": None}, "b": {"ok": True, "error": None}},
            "active_sessions": None,
            "active_jobs": None,
        }

    def test_what_raises_is_named_and_stops_no_other(self) -> None:
        found = check({"bad": lambda: 1 // 0, "good": lambda: 1}, "1.2")
        assert found.status == "degraded"
        assert found.checks["bad"] == Check(ok=False, error="ZeroDivisionError: integer division or modulo by zero")
        assert found.checks["good"].ok

    def test_a_provider_is_asked_once_a_minute_under_one_key(self) -> None:
        now = [datetime(2026, 11, 30, tzinfo=UTC)]
        checks, up, down = ProviderChecks(lambda: now[0]), MemoryProvider(), MemoryProvider()
        down.trouble["reach"] = ProviderUnavailable("it is down")

        def asked(**providers: MemoryProvider) -> dict[str, bool]:
            return {name: each.ok for name, each in check(checks.of(providers), "1").checks.items()}

        assert asked(a=up, b=down) == {"provider a": True, "provider b": False}
        del down.trouble["reach"]
        now[0] += timedelta(seconds=59)
        assert asked(a=up, b=down) == {"provider a": True, "provider b": False}
        assert asked(b=other(down, "another key")) == {"provider b": True}
        now[0] += timedelta(seconds=1)
        assert asked(a=up, b=down) == {"provider a": True, "provider b": True}

    def test_a_provider_without_a_key_does_not_answer(self) -> None:
        class Keyless(MemoryProvider):
            @property
            def account(self) -> str:  # type: ignore[override]
                raise ProviderRefused("no key for it is set")

        found = check(ProviderChecks(utc_now).of({"a": Keyless()}), "1")
        assert found.checks["provider a"] == Check(ok=False, error="ProviderRefused: no key for it is set")


def other(provider: MemoryProvider, account: str) -> MemoryProvider:
    made = MemoryProvider()
    made.trouble, made.account = provider.trouble, account
    return made


def settled(chunk: int = 0, **more: Any) -> ChunkResult:
    offsets = pack_offsets([3, 0, 5])
    return ChunkResult(chunk=chunk, results="r", counts=Counts(succeeded=2, failed=1), offsets=offsets, **more)


class TestChunks:
    @given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50))
    def test_a_line_is_found_by_its_offsets(self, lengths: list[int]) -> None:
        chunk = settled().model_copy(update={"offsets": pack_offsets(lengths)})
        assert [chunk.span(n) for n in range(len(lengths))] == [
            (sum(lengths[:n]), length) for n, length in enumerate(lengths)
        ]

    def test_a_chunk_settled_twice_counts_once(self) -> None:
        table = MemoryTable()
        chunks = ChunkResults(table)
        assert [chunks.settle(REF, settled()) for _ in range(3)] == [True, False, False]
        assert Counts.model_validate(table.get(REF.key(COUNT))) == Counts(succeeded=2, failed=1)
        assert (table.get(REF.key(COUNT)) or {})["chunks"] == 1

    def test_chunks_come_back_in_order(self) -> None:
        chunks = ChunkResults(MemoryTable())
        for n in (120, 3, 0, 99, *range(200, 320)):
            chunks.settle(REF, settled(n))
        assert [chunk.chunk for chunk in chunks.all(REF)] == [0, 3, 99, 120, *range(200, 320)]
        assert chunks.get(REF, 99) == settled(99)
        assert chunks.get(REF, 98) is None

    @given(st.lists(st.lists(st.integers(0, 10**9), min_size=FIELDS, max_size=FIELDS).map(tuple), max_size=10))
    def test_counts_add_up(self, figures: list[tuple[int, ...]]) -> None:
        counts = [Counts(**dict(zip(Counts.model_fields, each, strict=True))) for each in figures]
        total = sum(counts, Counts())
        assert total.input_tokens == sum(each.input_tokens for each in counts)
        assert TypeAdapter(Counts).validate_python(total.model_dump()) == total


class TestImportContracts:
    """Contracts that name packages name all of them, so that a new one is held to them as well."""

    def contract(self, name: str, field: str) -> set[str]:
        contracts = ConfigParser()
        contracts.read(ROOT / ".importlinter")
        return set(contracts[f"importlinter:contract:{name}"][field].split())

    def test_every_package_is_kept_from_the_sdks_but_those_that_wrap_them(self) -> None:
        folder = ROOT / "layers/core/python/fanfold"
        packages = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
        wrapping = {"__init__", "api", "aws", "observe", "queues", "replies", "surfaces", "wiring"}
        assert self.contract("sdks", "source_modules") == {f"fanfold.{name}" for name in packages - wrapping}

    def test_the_core_imports_no_handler_and_nothing_that_stands_on_it(self) -> None:
        handlers = {path.name for path in (ROOT / "functions").iterdir() if any(path.glob("*.py"))}
        others = {"benchmarks", "fanfold_client", "fanfold_command", "local", "tests"}
        assert self.contract("handlers", "forbidden_modules") == handlers | others
