"""Real-time calls: every provider and the fake answer alike, and what goes wrong says what can be done about it."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib import import_module
from typing import Any

import pytest

from fanfold import providers
from fanfold.errors import BadReply, FanfoldError, ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.providers import ChatMessage, Finish, Outcome, Prompt, Provider, Status, _answers, _errors
from local.provider.process import ProviderEmulator
from tests.fakes.provider import MemoryProvider

NAMES = ("openai", "anthropic", "gemini")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.1) as running:
        yield running


@pytest.fixture
def emulated(emulator: ProviderEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderEmulator]:
    monkeypatch.setenv("OPENAI_BASE_URL", emulator.openai_base_url)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", emulator.anthropic_base_url)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.gemini_base_url)
    yield emulator
    emulator.clear_faults()


def made(name: str, key: str = "sk-emulated") -> Provider:
    return MemoryProvider() if name == "fake" else providers.provider(name, lambda: key, 10)


def body(provider: Provider, content: str = "Say hello", **options: Any) -> dict[str, Any]:
    turns = (ChatMessage(role="user", content=content),)
    return provider.body(Prompt(model=provider.default_model, messages=turns, **options))


def answer(provider: Provider, asked: dict[str, Any], timeout: float = 10) -> Outcome:
    async def once() -> Outcome:
        try:
            return await provider.answer("0-7", asked, timeout)
        finally:
            await provider.close()

    return asyncio.run(once())


def trouble(provider: Provider, asked: dict[str, Any] | None = None, timeout: float = 10) -> FanfoldError:
    with pytest.raises(FanfoldError) as raised:
        answer(provider, asked or body(provider), timeout)
    return raised.value


@pytest.mark.usefixtures("emulated")
@pytest.mark.parametrize("name", ["fake", *NAMES])
class TestEveryProvider:
    def test_an_answer_has_all_that_a_batch_would_give(self, name: str) -> None:
        outcome = answer(made(name), body(made(name), max_tokens=200))
        assert (outcome.id, outcome.status, outcome.finish_reason) == ("0-7", Status.SUCCEEDED, Finish.STOP)
        assert outcome.output
        assert outcome.provider_reason
        assert outcome.response
        assert outcome.error is None
        assert min(outcome.usage.input_tokens, outcome.usage.output_tokens) > 0

    def test_it_can_be_done_in_real_time(self, name: str) -> None:
        assert "realtime" in made(name).capabilities.lanes

    def test_many_are_under_way_at_a_time_and_none_gets_anothers_answer(self, name: str) -> None:
        provider = made(name)

        async def all_of_them() -> list[Outcome]:
            asked = (body(provider, f"Say the number {n}", max_tokens=500) for n in range(20))
            try:
                return await asyncio.gather(*(provider.answer(f"0-{n}", each, 20) for n, each in enumerate(asked)))
            finally:
                await provider.close()

        for n, outcome in enumerate(asyncio.run(all_of_them())):
            assert outcome.id == f"0-{n}"
            assert str(n) in str(outcome.output)


@pytest.mark.parametrize("name", NAMES)
class TestTrouble:
    @pytest.mark.parametrize(
        ("fault", "error", "kind"),
        [
            ("rate_limited", ProviderThrottled, "rate_limited"),
            ("rate_limited_retry_after", ProviderThrottled, "rate_limited"),
            ("overloaded", ProviderThrottled, "overloaded"),
            ("server_error", ProviderUnavailable, "provider_error"),
            ("reset", ProviderUnavailable, "disconnected"),
            ("reset_midway", ProviderUnavailable, "disconnected"),
            ("malformed_json", BadReply, "bad_reply"),
            ("empty_body", BadReply, "bad_reply"),
            ("truncated_content", BadReply, "bad_reply"),
            ("oversize_body", BadReply, "oversize_reply"),
            ("foreign_answer", BadReply, "wrong_reply"),
        ],
    )
    def test_what_may_pass_is_told_apart_and_asked_once(
        self, name: str, fault: str, error: type[FanfoldError], kind: str, emulated: ProviderEmulator
    ) -> None:
        before = sum(emulated.stats()["calls"].values())
        emulated.fault(fault, where="request", count=1)
        raised = trouble(made(name))
        assert (type(raised), getattr(raised, "kind", None)) == (error, kind)
        assert sum(emulated.stats()["calls"].values()) == before + 1
        assert answer(made(name), body(made(name))).output

    def test_when_to_come_back_is_told(self, name: str, emulated: ProviderEmulator) -> None:
        emulated.fault("rate_limited_retry_after", where="request", count=1, retry_after=17)
        raised = trouble(made(name))
        assert isinstance(raised, ProviderThrottled)
        assert raised.retry_after == 17
        emulated.fault("rate_limited", where="request", count=1)
        raised = trouble(made(name))
        assert isinstance(raised, ProviderThrottled)
        assert raised.retry_after is None

    @pytest.mark.parametrize("fault", ["hold", "slow_drip", "late_response"])
    def test_an_answer_that_takes_too_long_is_not_waited_for(
        self, name: str, fault: str, emulated: ProviderEmulator
    ) -> None:
        emulated.fault(fault, where="request", count=1, seconds=30)
        raised = trouble(made(name), timeout=0.5)
        assert isinstance(raised, ProviderUnavailable)
        assert raised.kind == "timed_out"

    @pytest.mark.usefixtures("emulated")
    def test_a_bad_request_is_final(self, name: str) -> None:
        raised = trouble(made(name), body(made(name), temperature=2.5))
        assert isinstance(raised, ProviderRefused)
        assert (raised.kind, bool(raised.code)) == ("invalid_request", True)

    @pytest.mark.usefixtures("emulated")
    def test_a_wrong_key_is_final_and_not_told(self, name: str) -> None:
        key = "sk-invalid-6f1d0c2a9b"
        raised = trouble(made(name, key))
        assert isinstance(raised, ProviderRefused)
        assert key not in str(raised)

    @pytest.mark.usefixtures("emulated")
    def test_what_asks_for_a_stream_is_answered_whole(self, name: str) -> None:
        asked = body(made(name))
        asked |= {} if name == "gemini" else {"stream": True}
        assert answer(made(name), asked).output


@pytest.mark.usefixtures("emulated")
def test_anthropics_long_answers_come_as_streams() -> None:
    outcome = answer(made("anthropic"), body(made("anthropic"), max_tokens=30_000, temperature=0.5))
    assert (outcome.id, outcome.status, outcome.finish_reason) == ("0-7", Status.SUCCEEDED, Finish.STOP)
    assert outcome.output
    assert min(outcome.usage.input_tokens, outcome.usage.output_tokens) > 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [("server_error", ProviderUnavailable), ("stream_error", ProviderThrottled), ("rate_limited", ProviderThrottled)],
)
def test_a_stream_fails_as_an_answer_does(fault: str, error: type[FanfoldError], emulated: ProviderEmulator) -> None:
    emulated.fault(fault, where="request", count=1)
    assert type(trouble(made("anthropic"), body(made("anthropic"), max_tokens=30_000))) is error


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "3"}, 3),
            ({"retry-after": "0.25"}, 0.25),
            ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
            ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
            ({"retry-after": "-5"}, 0),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "inf"}, None),
            ({"retry-after": "nan"}, None),
            ({}, None),
        ],
    )
    def test_seconds(self, headers: dict[str, str], seconds: float | None) -> None:
        assert throttled(headers).retry_after == seconds

    def test_a_date(self) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
        after = throttled({"retry-after": date}).retry_after
        assert after is not None
        assert 50 < after <= 60
        past = format_datetime(datetime.now(UTC) - timedelta(seconds=60), usegmt=True)
        assert throttled({"retry-after": past}).retry_after == 0


def throttled(headers: dict[str, str]) -> ProviderThrottled:
    raised = _errors.told("Echo", "", _errors.Refusal(429, "slow down", None, headers))
    assert isinstance(raised, ProviderThrottled)
    return raised


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, ProviderRefused, "invalid_request"),
        (402, ProviderThrottled, "provider_quota"),
        (404, ProviderRefused, "not_found"),
        (408, ProviderUnavailable, "provider_error"),
        (413, ProviderRefused, "invalid_request"),
        (418, ProviderRefused, "refused"),
        (422, ProviderRefused, "invalid_request"),
        (500, ProviderUnavailable, "provider_error"),
        (503, ProviderThrottled, "overloaded"),
        (529, ProviderThrottled, "overloaded"),
    ],
)
def test_a_status_says_whether_it_may_pass(status: int, error: type[FanfoldError], kind: str) -> None:
    raised = _errors.told("Echo", "sk-1", _errors.Refusal(status, "sk-1 is no good", "a_code", {}))
    assert type(raised) is error
    assert (getattr(raised, "kind", None), getattr(raised, "code", None)) == (kind, "a_code")
    assert "sk-1" not in str(raised)


NO_ANSWERS: dict[str, list[Any]] = {
    "openai": [
        {"object": "chat.completion", "choices": []},
        {"object": "list", "choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]},
        {"object": "chat.completion", "choices": [{"message": {"content": "x"}, "finish_reason": None}]},
    ],
    "anthropic": [
        {"type": "error", "error": {}},
        {"type": "message", "content": "x", "stop_reason": None},
        {"type": "message", "content": None, "stop_reason": "end_turn"},
    ],
    "gemini": [{"candidates": []}, {"candidates": [{"content": {"parts": [{"text": "x"}]}}]}, {"error": {}}],
}


@pytest.mark.parametrize("name", NAMES)
def test_a_reply_that_is_no_answer_is_bad(name: str) -> None:
    parse = import_module(f"fanfold.providers.{name}.replies").answered
    wrong = [*NO_ANSWERS[name], [], None, 3, "text"]
    for text in [b"", b"{", b"\xff", b"[" * 100_000, *(json.dumps(each).encode() for each in wrong)]:
        with pytest.raises(BadReply):
            _answers.read(name, "0-7", text, parse)
