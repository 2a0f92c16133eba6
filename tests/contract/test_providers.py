"""One kit for every provider: emulated always, real where its key is in the environment."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fanfold import providers
from fanfold.errors import FanfoldError, Invalid, NotFound, ProviderRefused, ProviderUnavailable, Unauthorized
from fanfold.providers import ChatMessage, Draft, Finish, Outcome, Prompt, Provider, ProviderBatch, Status
from local.provider.process import ProviderEmulator
from local.webhooks import WEBHOOK_SECRET, signed
from tests.fakes.cloud import FakeCloud

NAMES = ("openai", "anthropic", "gemini")
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "gemini": "GEMINI_API_KEY"}
SCHEMA = {
    "type": "object",
    "properties": {"topic": {"type": "string"}},
    "required": ["topic"],
    "additionalProperties": False,
}
PATIENCE = {"emulated": 300.0, "real": 3600.0}


@dataclass
class Site:
    """A provider at a place, and what makes batches there."""

    name: str
    place: str
    emulator: ProviderEmulator | None
    folder: Path
    made: list[str] = field(default_factory=list)

    def provider(self, key: str | None = None, timeout: float = 20) -> Provider:
        own = os.environ[KEYS[self.name]] if self.place == "real" else "sk-emulated"
        return providers.provider(self.name, lambda: key or own, timeout)

    def fault(self, kind: str, where: str = "", **settings: Any) -> None:
        assert self.emulator
        scope = {"where": f"{self.name}.{where}"} if where else {}
        self.emulator.fault(kind, **scope, **settings)

    def file(self, bodies: dict[str, dict[str, Any]]) -> Path:
        path = self.folder / "lines.jsonl"
        path.write_bytes(b"".join(self.provider().line(id, body) + b"\n" for id, body in bodies.items()))
        return path

    def body(self, content: str = "Say hello", **options: Any) -> dict[str, Any]:
        provider = self.provider()
        prompt = Prompt(model=provider.default_model, messages=(ChatMessage(role="user", content=content),), **options)
        return provider.body(prompt)

    def submit(self, bodies: dict[str, dict[str, Any]], draft: Draft | None = None, **options: Any) -> str:
        provider, draft = self.provider(**options), draft or drafted(self, len(bodies))
        file = self.file(bodies)
        self.made.append(provider.create(file, provider.stage(file, draft.marker), draft))
        return self.made[-1]

    def ended(self, id: str) -> ProviderBatch:
        deadline = time.monotonic() + PATIENCE[self.place]
        while time.monotonic() < deadline:
            if (batch := self.provider().batch(id)).ended:
                return batch
            time.sleep(0.05 if self.emulator else 20)
        raise TimeoutError(id)

    def run(self, bodies: dict[str, dict[str, Any]]) -> dict[str, Outcome]:
        return {each.id: each for each in self.provider().outcomes(self.ended(self.submit(bodies)))}


def drafted(site: Site, requests: int, marker: str = "fanfold-kit-0000", **settings: Any) -> Draft:
    now = datetime.now(UTC)
    return Draft(marker, site.provider().default_model, requests, since=now, **settings)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.1) as running:
        yield running


@pytest.fixture(params=[f"{name}-{place}" for name in NAMES for place in PATIENCE])
def site(
    request: pytest.FixtureRequest, emulator: ProviderEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    name, _, place = request.param.partition("-")
    if place == "real" and KEYS[name] not in os.environ:
        pytest.skip(f"{KEYS[name]} is not set")
    if place == "emulated":
        monkeypatch.setenv("OPENAI_BASE_URL", emulator.openai_base_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", emulator.anthropic_base_url)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.gemini_base_url)
    site = Site(name, place, emulator if place == "emulated" else None, tmp_path)
    yield site
    emulator.clear_faults()
    for id in site.made:
        site.provider().discard(id)


def test_every_provider_is_in_the_kit() -> None:
    assert set(providers.names()) == set(NAMES) == set(KEYS)


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(Invalid, match="closedai"):
        providers.provider("closedai", lambda: "", 1)


class TestRequests:
    def test_a_model_is_known_by_its_family(self, site: Site) -> None:
        provider = site.provider()
        assert provider.knows(provider.default_model)
        assert not any(provider.knows(name) for name in ("", "llama-4", f" {provider.default_model}", "../x"))

    def test_a_line_is_one_line_whatever_it_holds(self, site: Site) -> None:
        line = site.provider().line("0-0-t", site.body("one\ntwo\u2028three è"))
        assert b"\n" not in line
        assert "0-0-t" in json.loads(line).values()

    def test_every_request_is_answered_under_its_id(self, site: Site) -> None:
        bodies = {f"0-{n}-t": site.body(f"Say the number {n}", max_tokens=200) for n in range(5)}
        outcomes = site.run(bodies)
        assert outcomes.keys() == bodies.keys()
        for outcome in outcomes.values():
            assert (outcome.status, outcome.finish_reason, outcome.error) == (Status.SUCCEEDED, Finish.STOP, None)
            assert outcome.output
            assert outcome.provider_reason
            assert outcome.usage.input_tokens > 0
            assert outcome.usage.output_tokens > outcome.usage.reasoning_tokens
            assert outcome.response

    def test_system_and_earlier_turns_are_kept_apart(self, site: Site) -> None:
        turns = [("system", "Name the topic."), ("user", "Chess?"), ("assistant", "Yes."), ("user", "Chess openings")]
        messages = tuple(ChatMessage(role=role, content=content) for role, content in turns)
        provider = site.provider()
        body = provider.body(Prompt(model=provider.default_model, messages=messages, temperature=1, max_tokens=200))
        answer = str(site.run({"a": body})["a"].output).lower()
        assert "chess" in answer or "opening" in answer

    def test_the_limit_shows_as_length(self, site: Site) -> None:
        outcome = site.run({"a": site.body("Tell me all about the history of chess in detail", max_tokens=3)})["a"]
        assert (outcome.status, outcome.finish_reason) == (Status.SUCCEEDED, Finish.LENGTH)

    def test_a_schema_is_kept_to_and_can_be_read_back(self, site: Site) -> None:
        body = site.body("Which topic is this? Chess openings", response_schema=SCHEMA, max_tokens=500)
        assert site.provider().schema(body) == SCHEMA
        assert site.provider().schema(site.body()) is None
        assert "topic" in json.loads(site.run({"a": body})["a"].output or "")

    def test_one_bad_request_takes_no_other_down(self, site: Site) -> None:
        outcomes = site.run({"good": site.body(), "bad": site.body(temperature=2.5)})
        assert outcomes["good"].status is Status.SUCCEEDED
        bad = outcomes["bad"]
        assert (bad.status, bad.error and bad.error.kind) == (Status.FAILED, "invalid_request")


emulated_only = pytest.mark.parametrize("site", [f"{name}-emulated" for name in NAMES], indirect=True)


@pytest.mark.parametrize("site", ["anthropic-emulated", "gemini-emulated"], indirect=True)
def test_a_provider_without_webhooks_says_so(site: Site) -> None:
    with pytest.raises(NotFound, match="polled"):
        site.provider().heard(signed(b"{}", WEBHOOK_SECRET), b"{}", WEBHOOK_SECRET)


@pytest.mark.parametrize("site", ["openai-emulated"], indirect=True)
class TestHearing:
    """Events of providers; none is sent here, so they are signed here."""

    @pytest.mark.parametrize("status", ["completed", "failed", "expired", "cancelled"])
    def test_an_end_names_its_batch(self, site: Site, status: str) -> None:
        body = json.dumps({"type": f"batch.{status}", "data": {"id": "batch_1"}}).encode()
        assert site.provider().heard(signed(body, WEBHOOK_SECRET), body, WEBHOOK_SECRET) == "batch_1"

    @pytest.mark.parametrize("type", ["batch.in_progress", "response.completed", "completed", ""])
    def test_other_events_name_none(self, site: Site, type: str) -> None:
        body = json.dumps({"type": type, "data": {"id": "batch_1"}}).encode()
        assert site.provider().heard(signed(body, WEBHOOK_SECRET), body, WEBHOOK_SECRET) is None

    @pytest.mark.parametrize(
        "change",
        [
            {"webhook-signature": "v1,AAAA"},
            {"webhook-signature": "v1,è"},
            {"webhook-signature": ""},
            {"webhook-id": "another"},
            {"webhook-timestamp": "soon"},
        ],
        ids=str,
    )
    def test_a_bad_signature_is_refused(self, site: Site, change: dict[str, str]) -> None:
        body = b'{"type": "batch.completed", "data": {"id": "batch_1"}}'
        for headers in (signed(body, WEBHOOK_SECRET) | change, {}):
            with pytest.raises(Unauthorized) as refused:
                site.provider().heard(headers, body, WEBHOOK_SECRET)
            assert WEBHOOK_SECRET not in str(refused.value)

    @pytest.mark.parametrize("seconds", [-600, 600])
    def test_a_stale_one_is_refused(self, site: Site, seconds: int) -> None:
        body = b'{"type": "batch.completed", "data": {"id": "batch_1"}}'
        with pytest.raises(Unauthorized):
            site.provider().heard(signed(body, WEBHOOK_SECRET, seconds), body, WEBHOOK_SECRET)

    @pytest.mark.parametrize("secret", ["", "whsec_"])
    def test_no_secret_verifies_nothing(self, site: Site, secret: str) -> None:
        body = b'{"type": "batch.completed", "data": {"id": "batch_1"}}'
        with pytest.raises(NotFound):
            site.provider().heard(signed(body, secret), body, secret)

    @pytest.mark.parametrize("body", [b"not JSON", b"[]", b"{}", b'{"type": "batch.completed"}', b'{"type": 1}'])
    def test_what_is_signed_and_no_event_is_invalid(self, site: Site, body: bytes) -> None:
        with pytest.raises(Invalid):
            site.provider().heard(signed(body, WEBHOOK_SECRET), body, WEBHOOK_SECRET)


@emulated_only
class TestEmulated:
    """What only a provider does that can be told to."""

    def test_thinking_and_the_cache_are_counted(self, site: Site) -> None:
        model = {"openai": "gpt-5-mini", "anthropic": "claude-haiku-4-5", "gemini": "gemini-3.8-flash"}[site.name]
        cached = {"type": "text", "text": "rule " * 1000, "cache_control": {"type": "ephemeral"}}
        extra = {"thinking": {"type": "adaptive"}, "system": [cached]} if site.name == "anthropic" else {}
        bodies = {}
        for n in range(6):
            turns = (
                ChatMessage(role="system", content="rule " * 1000),
                ChatMessage(role="user", content=f"Say hello {n}"),
            )
            bodies[str(n)] = site.provider().body(Prompt(model=model, messages=turns, max_tokens=2000)) | extra
        draft = drafted(site, 6)._replace(model=model)
        outcomes = list(site.provider().outcomes(site.ended(site.submit(bodies, draft))))
        assert any(outcome.usage.reasoning_tokens for outcome in outcomes)
        assert all(outcome.usage.output_tokens > outcome.usage.reasoning_tokens for outcome in outcomes)
        assert all(outcome.usage.cached_tokens < outcome.usage.input_tokens for outcome in outcomes)
        # Anthropic's first request writes the cache that the others read.
        assert sum(outcome.usage.cached_tokens > 0 for outcome in outcomes) >= 5

    def test_a_refusal_is_told_as_one(self, site: Site) -> None:
        outcome = site.run({"a": site.body("[[refuse]]")})["a"]
        if outcome.status is Status.SUCCEEDED:
            assert outcome.finish_reason is Finish.REFUSAL
        else:
            assert outcome.error

    def test_a_batch_of_nothing_but_errors_has_them_all(self, site: Site) -> None:
        site.fault("request_error", share=1.0, count=1)
        outcomes = site.run({str(n): site.body(f"question {n}") for n in range(4)})
        assert {each.error and each.error.kind for each in outcomes.values()} == {"provider_error"}
        assert len(outcomes) == 4

    def test_an_expired_batch_says_so_of_each_unanswered_request(self, site: Site) -> None:
        site.fault("expired", lines=0.5, count=1)
        batch = site.ended(site.submit({str(n): site.body(f"question {n}") for n in range(4)}))
        found = [each.status for each in site.provider().outcomes(batch)]
        found += [batch.rest] * (4 - len(found))
        assert set(found) <= {Status.EXPIRED, Status.SUCCEEDED}
        assert found.count(Status.EXPIRED) >= 2

    def test_a_cancelled_batch_says_so(self, site: Site) -> None:
        site.fault("stuck", count=1)
        id = site.submit({str(n): site.body(f"question {n}") for n in range(4)})
        site.provider().cancel(id)
        batch = site.ended(id)
        found = [each.status for each in site.provider().outcomes(batch)]
        found += [batch.rest] * (4 - len(found))
        assert Status.CANCELLED in found
        site.provider().cancel(id)

    def test_lines_lost_doubled_and_cut_are_no_error(self, site: Site) -> None:
        bodies = {str(n): site.body(f"question {n}") for n in range(10)}
        site.fault("duplicated_lines", lines=0.5, count=1)
        site.fault("partial", lines=0.2, count=1)
        batch = site.ended(site.submit(bodies))
        assert len({each.id for each in site.provider().outcomes(batch)}) == 8
        site.fault("truncated_content", count=1)
        assert len({each.id for each in site.provider().outcomes(batch)}) in (7, 8)

    @pytest.mark.parametrize(
        "kind", ["rate_limited", "rate_limited_retry_after", "server_error", "overloaded", "reset", "malformed_json"]
    )
    def test_what_may_pass_is_unavailable(self, site: Site, kind: str) -> None:
        id = site.submit({"a": site.body()})
        site.fault(kind, "batches.retrieve", count=1)
        with pytest.raises(ProviderUnavailable, match=r"^(OpenAI|Anthropic|Gemini): "):
            site.provider().batch(id)
        assert site.provider().batch(id).id == id

    def test_no_call_is_tried_twice_by_the_sdk(self, site: Site) -> None:
        id = site.submit({"a": site.body()})
        site.fault("server_error", "batches.retrieve")
        before = calls(site)
        with pytest.raises(ProviderUnavailable):
            site.provider().batch(id)
        assert calls(site) == before + 1

    def test_one_cheap_call_tells_whether_it_takes_the_key(self, site: Site) -> None:
        before = calls(site, "list")
        site.provider().reach()
        assert calls(site, "list") == before + 1
        with pytest.raises(ProviderRefused):
            site.provider("sk-invalid-6f1d0c2a9b").reach()
        site.fault("server_error", count=1)
        with pytest.raises(ProviderUnavailable):
            site.provider().reach()

    def test_silence_is_unavailable(self, site: Site) -> None:
        id = site.submit({"a": site.body()})
        site.fault("hold", "batches.retrieve", count=1)
        with pytest.raises(ProviderUnavailable):
            site.provider(timeout=0.3).batch(id)

    def test_a_wrong_key_is_refused_and_not_told(self, site: Site) -> None:
        key = "sk-invalid-6f1d0c2a9b"
        with pytest.raises(ProviderRefused) as refused:
            site.provider(key).batch("batches/none" if site.name == "gemini" else "none")
        assert key not in str(refused.value)

    def test_an_unknown_batch_is_no_success(self, site: Site) -> None:
        with pytest.raises(FanfoldError):
            site.provider().batch("batches/none" if site.name == "gemini" else "none")

    def test_a_batch_is_discarded_once_and_again(self, site: Site) -> None:
        id = site.submit({"a": site.body()})
        site.ended(id)
        site.provider().discard(id)
        site.provider().discard(id)


def calls(site: Site, name: str = "retrieve") -> int:
    assert site.emulator
    found: int = site.emulator.stats()["calls"].get(f"{site.name}.batches.{name}", 0)
    return found


@emulated_only
class TestAdopting:
    """A create that took effect after its client died is found again, and nothing else is."""

    @pytest.fixture
    def late(self, site: Site) -> Callable[[str, int], Draft]:
        """Dies after the provider made the batch; the draft for the next attempt."""

        def die(marker: str, requests: int) -> Draft:
            began = datetime.now(UTC)
            site.fault("late_response", "batches.create", count=1)
            bodies = {f"0-{n}-t": site.body(f"{marker} {n}") for n in range(requests)}
            with pytest.raises(ProviderUnavailable):
                site.submit(bodies, drafted(site, requests, marker), key=f"sk-{site.name}", timeout=0.5)
            skew = timedelta(seconds=1)
            tries = ((began - skew, datetime.now(UTC) + skew),)
            return drafted(site, requests, marker, tries=tries)._replace(since=began)

        return die

    def test_the_batch_is_found(self, site: Site, late: Callable[[str, int], Draft]) -> None:
        draft = late("fanfold-late-0001", 3)
        provider = site.provider(f"sk-{site.name}")
        found = provider.adopt(draft)
        assert found
        assert provider.adopt(draft) == found

    def test_without_one_nothing_is(self, site: Site) -> None:
        draft = drafted(site, 3, "fanfold-never-0001")
        assert site.provider().adopt(draft) is None

    def test_what_was_uploaded_for_nothing_is_cleared_away(self, site: Site) -> None:
        assert site.emulator
        provider, draft = site.provider("sk-clear"), drafted(site, 1, "fanfold-clear-0001")
        if not provider.stage(site.file({"a": site.body()}), draft.marker):
            return
        before = site.emulator.stats()["calls"].get(f"{site.name}.files.delete", 0)
        assert provider.adopt(draft) is None
        assert site.emulator.stats()["calls"][f"{site.name}.files.delete"] == before + 1

    def test_another_count_another_time_and_what_is_known_are_left_alone(
        self, site: Site, late: Callable[[str, int], Draft]
    ) -> None:
        draft = late("fanfold-late-0002", 7)
        provider = site.provider(f"sk-{site.name}")
        if provider.capabilities.marked_batches:
            assert provider.adopt(draft._replace(marker="fanfold-late-0003")) is None
            return
        hour = timedelta(hours=1)
        earlier = tuple((start - hour, end - hour) for start, end in draft.tries)
        assert provider.adopt(draft._replace(requests=8)) is None
        assert provider.adopt(draft._replace(tries=earlier)) is None
        assert provider.adopt(draft._replace(known=lambda id: True)) is None
        assert provider.adopt(draft)


NEWCOMER = '''
"""A provider in one file: batches end at once, and every answer is the question."""

import json
from itertools import count

from fanfold.providers import BatchLimits, Capabilities, Finish, Outcome, ProviderBatch, Status

FILES = {}
NUMBERS = count()


class Newcomer:
    batch_limits = BatchLimits(requests=100, bytes=1_000_000)
    capabilities = Capabilities(structured_output=False)
    default_model = "echo-1"
    account = "one"

    def __init__(self, key, timeout, url):
        self._key = key

    def knows(self, model):
        return model == "echo-1"

    def body(self, prompt):
        return {"model": prompt.model, "text": prompt.messages[-1]["content"]}

    def schema(self, body):
        return None

    def most_tokens(self, body):
        return None

    def line(self, id, body):
        return json.dumps({"id": id, "text": body["text"]}).encode()

    def stage(self, file, marker):
        return file.read_text()

    def create(self, file, staged, draft):
        id = f"batch-{next(NUMBERS)}"
        FILES[id] = [json.loads(line) for line in staged.splitlines()]
        return id

    def adopt(self, draft):
        return None

    def batch(self, id):
        return ProviderBatch(id=id, ended=True, done=len(FILES[id]))

    def cancel(self, id): ...

    def discard(self, id): ...

    def outcomes(self, batch):
        for line in FILES[batch.id]:
            yield Outcome(id=line["id"], status=Status.SUCCEEDED, output=line["text"], finish_reason=Finish.STOP)

    def heard(self, headers, body, secret):
        return None


PLUGIN = Newcomer
'''


def test_a_new_provider_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "newcomer.py").write_text(NEWCOMER)
    monkeypatch.setattr(providers, "__path__", [*providers.__path__, str(tmp_path)])
    assert "newcomer" in providers.names()
    cloud = FakeCloud()
    cloud.plugins["newcomer"] = providers.provider("newcomer", lambda: "", 1)
    job = cloud.run(cloud.create([{"input": f"prompt {n}"} for n in range(7)], provider="newcomer"))
    assert job.counts.succeeded == 7
    assert [result["output"] for result in cloud.results(job)] == [f"prompt {n}" for n in range(7)]
