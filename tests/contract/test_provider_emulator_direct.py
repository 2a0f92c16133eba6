"""Direct requests to the emulated providers, through all three official SDKs alike: faults, limits, counts."""

import json
import time
from functools import partial
from typing import Any

import httpx
import openai
import pytest

from local.provider.process import ProviderEmulator
from tests.contract.askers import (
    PROVIDERS,
    REFUSED,
    SCHEMA,
    Asker,
    Connect,
    asker,
    connect,
    emulator,
    hint_of,
    shared,
    status,
)

FIXTURES = (shared, emulator, connect, asker)


class TestFaults:
    @pytest.mark.parametrize(
        ("kind", "statuses"),
        [
            ("rate_limited", (429, 429, 429)),
            ("server_error", (500, 500, 500)),
            ("overloaded", (503, 529, 503)),
            ("bad_request", (400, 400, 400)),
            ("quota_exhausted", (429, 402, 429)),
            ("reset", (0, 0, 0)),
        ],
    )
    def test_a_refusal_comes_once_in_its_providers_words(
        self, emulator: ProviderEmulator, asker: Asker, kind: str, statuses: tuple[int, ...]
    ) -> None:
        emulator.fault(kind, where="request", count=1)
        assert status(asker.ask) == statuses[PROVIDERS.index(asker.name)]
        assert status(asker.ask) == 200
        assert [call["status"] for call in emulator.calls()] == [statuses[PROVIDERS.index(asker.name)], 200]

    def test_when_to_come_back_is_told(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("rate_limited_retry_after", where="request", count=1, retry_after=7)
        with pytest.raises(REFUSED) as caught:
            asker.ask()
        assert hint_of(caught.value) == 7

    def test_hold_is_a_timeout(self, emulator: ProviderEmulator, asker: Asker, connect: Connect) -> None:
        emulator.fault("hold", where="request", count=1)
        impatient = connect(asker.name, timeout=0.4)
        assert status(impatient.ask) == 0
        assert emulator.call_summary()["fault"] == {"hold": 1}

    def test_slow_drip_arrives_whole(self, emulator: ProviderEmulator, asker: Asker) -> None:
        whole = asker.text(asker.ask())
        emulator.fault("slow_drip", where="request", count=1, seconds=0.2)
        assert asker.text(asker.ask()) == whole

    @pytest.mark.parametrize("kind", ["malformed_json", "truncated_content", "empty_body"])
    def test_a_broken_body_is_no_answer(self, emulator: ProviderEmulator, asker: Asker, kind: str) -> None:
        emulator.fault(kind, where="request", count=1)
        with pytest.raises((ValueError, AttributeError, TypeError, *REFUSED)):
            assert asker.text(asker.ask()).strip()
        assert asker.text(asker.ask())

    def test_reset_midway(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("reset_midway", where="request", count=1)
        assert status(asker.ask) == 0

    def test_an_oversize_body_is_valid_and_large(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("oversize_body", count=1, size=3_000_000)
        assert len(asker.text(asker.ask())) >= 3_000_000

    def test_a_foreign_answer_names_another_model_and_request(self, emulator: ProviderEmulator, asker: Asker) -> None:
        own = asker.ask()
        emulator.fault("foreign_answer", count=1)
        foreign = asker.ask()
        assert asker.model_of(own) == asker.model
        assert asker.model_of(foreign) == "some-other-model"
        assert asker.told(foreign) != asker.told(own)

    def test_off_schema_once_and_then_repaired(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("off_schema", each=1)
        assert json.loads(asker.text(asker.ask(schema=SCHEMA))) == {"unexpected": True}
        assert set(json.loads(asker.text(asker.ask(schema=SCHEMA)))) == {"topic"}

    def test_poison_always_fails_and_nothing_else_does(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("server_error", where="request", match="POISON")
        asked = ["fine", "some POISON", "fine", "POISON"]
        assert [status(partial(asker.ask, text)) for text in asked] == [200, 500, 200, 500]

    def test_each_request_fails_twice_and_then_is_fine(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("server_error", where="request", each=2)
        for text in ("one", "two"):
            assert [status(partial(asker.ask, text)) for _ in range(4)] == [500, 500, 200, 200]

    def test_a_provider_is_dead_for_a_while(self, emulator: ProviderEmulator, asker: Asker, connect: Connect) -> None:
        emulator.fault("reset", where=f"{asker.name}.*", lasts=0.6)
        other = connect(next(name for name in PROVIDERS if name != asker.name))
        assert [status(asker.ask), status(other.ask)] == [0, 200]
        deadline = time.monotonic() + 300
        while status(asker.ask) == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert status(asker.ask) == 200

    def test_only_the_named_model_fails(self, emulator: ProviderEmulator) -> None:
        emulator.fault("overloaded", where="request", model="gpt-5-nano")
        with openai.OpenAI(base_url=emulator.openai_base_url, api_key="sk-one", max_retries=0) as client:
            messages: Any = [{"role": "user", "content": "hi"}]
            answers = [
                status(partial(client.chat.completions.create, model=model, messages=messages))
                for model in ("gpt-4o-mini", "gpt-5-nano")
            ]
        assert answers == [200, 503]

    def test_another_seed_is_another_choice(self, emulator: ProviderEmulator, connect: Connect) -> None:
        asker = connect("openai")
        hits = []
        for seed in (0, 1, 1):
            emulator.clear_faults()
            emulator.fault("server_error", where="request", share=0.5, seed=seed)
            hits.append([status(partial(asker.ask, f"question {n}")) for n in range(24)])
        assert hits[0] != hits[1] == hits[2]


class TestQuotas:
    def test_requests_a_minute(self, emulator: ProviderEmulator, asker: Asker, connect: Connect) -> None:
        emulator.quota(surface=asker.name, requests_per_minute=3)
        assert [status(asker.ask) for _ in range(4)] == [200, 200, 200, 429]
        with pytest.raises(REFUSED) as caught:
            asker.ask()
        assert 10 < hint_of(caught.value) <= 20  # type: ignore[operator]
        assert status(connect(asker.name, key="sk-two").ask) == 200

    def test_a_limit_may_give_no_hint(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.quota(requests_per_minute=1, hints=False)
        asker.ask()
        with pytest.raises(REFUSED) as caught:
            asker.ask()
        assert hint_of(caught.value) is None

    def test_tokens_are_reserved_and_what_was_not_used_comes_back(
        self, emulator: ProviderEmulator, asker: Asker
    ) -> None:
        emulator.quota(model=asker.model, tokens_per_minute=1200)
        assert [status(lambda: asker.ask("short", most=1000)) for _ in range(3)] == [200, 200, 200]
        assert status(lambda: asker.ask("word " * 1200, most=1000)) == 429

    def test_openai_tells_its_limits(self, emulator: ProviderEmulator, connect: Connect) -> None:
        emulator.quota(surface="openai", requests_per_minute=60, tokens_per_minute=6000)
        asker = connect("openai")
        raw = asker.sdk.chat.completions.with_raw_response.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "hi"}]
        )
        told = {name: value for name, value in raw.headers.items() if name.startswith("x-ratelimit-")}
        assert told["x-ratelimit-limit-requests"] == "60"
        assert told["x-ratelimit-remaining-requests"] == "59"
        assert told["x-ratelimit-limit-tokens"] == "6000"
        assert set(told) == {
            f"x-ratelimit-{a}-{b}" for a in ("limit", "remaining", "reset") for b in ("requests", "tokens")
        }

    def test_anthropic_tells_its_limits(self, emulator: ProviderEmulator, connect: Connect) -> None:
        emulator.quota(surface="anthropic", requests_per_minute=60)
        asker = connect("anthropic")
        raw = asker.sdk.messages.with_raw_response.create(
            model=asker.model, max_tokens=9, messages=[{"role": "user", "content": "hi"}]
        )
        assert raw.headers["anthropic-ratelimit-requests-remaining"] == "59"
        assert raw.headers["anthropic-ratelimit-requests-reset"].endswith("Z")
        assert raw.headers["request-id"].startswith("req_")

    @pytest.mark.parametrize(
        "spec", [{}, {"requests_per_minute": 0}, {"tokens_per_minute": "many"}, {"requests_per_minute": 1, "x": 1}]
    )
    def test_a_senseless_limit_is_refused(self, emulator: ProviderEmulator, spec: dict[str, Any]) -> None:
        answer = httpx.post(f"{emulator.url}/_emulator/quotas", json=spec, timeout=300)
        assert (answer.status_code, bool(answer.json()["param"])) == (400, True)

    def test_limits_survive_a_kill(self, tmp_path: Any) -> None:
        with ProviderEmulator(tmp_path) as emulator:
            emulator.quota(requests_per_minute=1)
            emulator.kill()
            emulator.start()
            with Asker("openai", emulator) as asker:
                assert [status(asker.ask) for _ in range(2)] == [200, 429]


class TestCalls:
    def test_every_call_is_counted_by_request(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("server_error", where="request", match="again", count=2)
        for text in ("once", "again", "again", "again"):
            status(partial(asker.ask, text))
        summary = emulator.call_summary()
        again = emulator.calls(status=500)[0]
        assert (summary["calls"], summary["requests"]) == (4, 2)
        assert summary["repeated"] == {again["request"]: 3}
        assert summary["status"] == {"200": 2, "500": 2}
        assert summary["model"] == {asker.model: 4}
        assert [call["status"] for call in emulator.calls(request=again["request"])] == [500, 500, 200]
        assert again["opening"] == "again"

    def test_the_answers_id_names_the_request(self, emulator: ProviderEmulator, asker: Asker) -> None:
        told = asker.told(asker.ask())
        assert emulator.calls()[0]["request"] in told

    def test_coming_back_too_early_is_seen(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("rate_limited_retry_after", where="request", match="one", count=1, retry_after=30)
        for text in ("one", "two", "one"):
            status(partial(asker.ask, text))
        told, two, one = emulator.calls()
        assert (told["retry_after"], told["early_by"], told["model_early_by"]) == (30, 0, 0)
        assert (two["early_by"], 25 < two["model_early_by"] <= 30) == (0, True)
        assert 25 < one["early_by"] <= 30
        assert (emulator.call_summary()["early"], emulator.call_summary()["model_early"]) == (1, 2)

    def test_who_waits_is_not_early(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("rate_limited_retry_after", where="request", count=1, retry_after=0.1)
        status(asker.ask)
        time.sleep(0.11)
        status(asker.ask)
        assert emulator.call_summary()["model_early"] == 0

    def test_a_bad_request_is_counted_too(self, emulator: ProviderEmulator, connect: Connect) -> None:
        asker = connect("openai")
        assert status(lambda: asker.ask(most=-1)) == 400
        assert [(call["status"], call["model"]) for call in emulator.calls()] == [(400, "gpt-4o-mini")]

    def test_calls_survive_a_kill(self, tmp_path: Any) -> None:
        with ProviderEmulator(tmp_path) as emulator:
            with Asker("openai", emulator) as asker:
                asker.ask()
            emulator.kill()
            emulator.start()
            assert emulator.call_summary()["calls"] == 1

    def test_the_clients_own_name_is_kept(self, emulator: ProviderEmulator, connect: Connect) -> None:
        asker = connect("openai")
        messages: Any = [{"role": "user", "content": "hi"}]
        ask = asker.sdk.chat.completions.create
        ask(model="gpt-4o-mini", messages=messages, metadata={"fanfold": "7"})
        ask(model="gpt-4o-mini", messages=messages, extra_headers={"x-client-request-id": "eight"})
        assert [call["label"] for call in emulator.calls()] == ['{"fanfold": "7"}', "eight"]
        assert len({call["request"] for call in emulator.calls()}) == 1
