"""Direct requests to the emulated providers, through all three official SDKs alike: faults, limits, streams, counts."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from google import genai
from google.genai import errors, types

from local.provider.process import ProviderEmulator

PROVIDERS = ("openai", "anthropic", "gemini")
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5", "gemini": "gemini-3.5-flash-lite"}
SCHEMA = {
    "type": "object",
    "properties": {"topic": {"type": "string"}},
    "required": ["topic"],
    "additionalProperties": False,
}
BROKEN_LINKS = (
    openai.APIConnectionError,
    anthropic.APIConnectionError,
    httpx.TransportError,
    httpx2.TransportError,
)
REFUSED = (openai.APIStatusError, anthropic.APIStatusError, errors.APIError)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.1) as running:
        yield running


@pytest.fixture
def emulator(shared: ProviderEmulator) -> Iterator[ProviderEmulator]:
    yield shared
    shared.clear_faults()
    shared.clear_quotas()
    shared.clear_calls()
    shared.latency(request_seconds=0, stream_seconds=0)


class Asker:
    """One provider's SDK, brought down to the few words that the tests below need."""

    def __init__(self, name: str, emulator: ProviderEmulator, key: str = "sk-one", timeout: float = 20) -> None:
        self.name = name
        self.model = MODELS[name]
        if name == "openai":
            self.sdk: Any = openai.OpenAI(
                base_url=emulator.openai_base_url, api_key=key, max_retries=0, timeout=timeout
            )
        elif name == "anthropic":
            self.sdk = anthropic.Anthropic(
                base_url=emulator.anthropic_base_url, api_key=key, max_retries=0, timeout=timeout
            )
        else:
            options = types.HttpOptions(base_url=emulator.gemini_base_url, timeout=int(timeout * 1000))
            self.sdk = genai.Client(api_key=key, http_options=options)

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *_error: object) -> None:
        self.sdk.close()

    def ask(self, content: str = "hello", schema: dict[str, Any] | None = None, most: int = 500) -> Any:
        """The SDK's own answer."""
        messages = [{"role": "user", "content": content}]
        if self.name == "openai":
            form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}} if schema else None
            extra = {"response_format": form} if form else {}
            return self.sdk.chat.completions.create(model=self.model, messages=messages, max_tokens=most, **extra)
        if self.name == "anthropic":
            extra = {"output_config": {"format": {"type": "json_schema", "schema": schema}}} if schema else {}
            return self.sdk.messages.create(model=self.model, messages=messages, max_tokens=most, **extra)
        config: dict[str, Any] = {"max_output_tokens": most}
        config |= {"response_mime_type": "application/json", "response_json_schema": schema} if schema else {}
        return self.sdk.models.generate_content(model=self.model, contents=content, config=config)

    def stream(self, content: str = "hello", most: int = 500) -> Iterator[str]:
        """The pieces of text that a stream brings."""
        messages = [{"role": "user", "content": content}]
        if self.name == "openai":
            chunks = self.sdk.chat.completions.create(model=self.model, messages=messages, max_tokens=most, stream=True)
            yield from (choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        elif self.name == "anthropic":
            with self.sdk.messages.stream(model=self.model, messages=messages, max_tokens=most) as stream:
                yield from stream.text_stream
        else:
            config = {"max_output_tokens": most}
            chunks = self.sdk.models.generate_content_stream(model=self.model, contents=content, config=config)
            yield from (chunk.text or "" for chunk in chunks)

    def text(self, answer: Any) -> str:
        if self.name == "openai":
            return answer.choices[0].message.content
        if self.name == "anthropic":
            return "".join(block.text for block in answer.content)
        return answer.text

    def model_of(self, answer: Any) -> str:
        return answer.model_version if self.name == "gemini" else answer.model

    def told(self, answer: Any) -> str:
        """The id of an answer."""
        return answer.response_id if self.name == "gemini" else answer.id


Connect = Callable[..., Asker]


@pytest.fixture(scope="module")
def connect(shared: ProviderEmulator) -> Iterator[Connect]:
    """Makes askers, each kind once, and closes them in the end."""
    with ExitStack() as open_ones:
        yield cache(lambda name, **options: open_ones.enter_context(Asker(name, shared, **options)))


@pytest.fixture(params=PROVIDERS)
def asker(request: pytest.FixtureRequest, emulator: ProviderEmulator, connect: Connect) -> Asker:
    return connect(request.param)


def status(call: Callable[[], object]) -> int:
    """What a call is answered: 200, the status of the SDK's error, or 0 for a broken connection."""
    try:
        call()
    except REFUSED as error:
        return error.code if isinstance(error, errors.APIError) else error.status_code
    except BROKEN_LINKS:
        return 0
    return 200


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
        assert [status(lambda text=text: asker.ask(text)) for text in asked] == [200, 500, 200, 500]

    def test_each_request_fails_twice_and_then_is_fine(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("server_error", where="request", each=2)
        for text in ("one", "two"):
            assert [status(lambda text=text: asker.ask(text)) for _ in range(4)] == [500, 500, 200, 200]

    def test_a_provider_is_dead_for_a_while(self, emulator: ProviderEmulator, asker: Asker, connect: Connect) -> None:
        emulator.fault("reset", where=f"{asker.name}.*", lasts=0.6)
        other = connect(next(name for name in PROVIDERS if name != asker.name))
        assert [status(asker.ask), status(other.ask)] == [0, 200]
        deadline = time.monotonic() + 20
        while status(asker.ask) == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert status(asker.ask) == 200

    def test_only_the_named_model_fails(self, emulator: ProviderEmulator) -> None:
        emulator.fault("overloaded", where="request", model="gpt-5-nano")
        with openai.OpenAI(base_url=emulator.openai_base_url, api_key="sk-one", max_retries=0) as client:
            messages: Any = [{"role": "user", "content": "hi"}]
            answers = [
                status(lambda model=model: client.chat.completions.create(model=model, messages=messages))
                for model in ("gpt-4o-mini", "gpt-5-nano")
            ]
        assert answers == [200, 503]

    def test_another_seed_is_another_choice(self, emulator: ProviderEmulator, connect: Connect) -> None:
        asker = connect("openai")
        hits = []
        for seed in (0, 1, 1):
            emulator.clear_faults()
            emulator.fault("server_error", where="request", share=0.5, seed=seed)
            hits.append([status(lambda n=n: asker.ask(f"question {n}")) for n in range(24)])
        assert hits[0] != hits[1] == hits[2]


def hint_of(error: Exception) -> float | None:
    """Seconds to wait, as the provider tells them."""
    if isinstance(error, errors.APIError):
        details = error.details["error"].get("details", [])
        return next((float(each["retryDelay"].rstrip("s")) for each in details), None)
    headers = error.response.headers
    return float(headers["retry-after"]) if "retry-after" in headers else None


class TestQuotas:
    def test_requests_a_minute(self, emulator: ProviderEmulator, asker: Asker, connect: Connect) -> None:
        emulator.quota(surface=asker.name, requests_per_minute=3)
        assert [status(asker.ask) for _ in range(4)] == [200, 200, 200, 429]
        with pytest.raises(REFUSED) as caught:
            asker.ask()
        assert 10 < hint_of(caught.value) <= 20
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
        answer = httpx.post(f"{emulator.url}/_emulator/quotas", json=spec)
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
            status(lambda text=text: asker.ask(text))
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
            status(lambda text=text: asker.ask(text))
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


class TestStreams:
    def test_a_stream_says_what_the_whole_answer_says(self, asker: Asker) -> None:
        text = "word about grammar " * 20
        pieces = list(asker.stream(text))
        assert len(pieces) > 3
        assert "".join(pieces) == asker.text(asker.ask(text))

    def test_it_takes_its_time(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.latency(stream_seconds=0.4)
        moments = []
        for piece in asker.stream("Write about 200 words on grammar."):
            moments.append((time.monotonic(), piece))
        assert moments[-1][0] - moments[0][0] > 0.2

    @pytest.mark.parametrize("kind", ["reset_midway", "stream_error"])
    def test_a_stream_breaks_midway(self, emulator: ProviderEmulator, asker: Asker, kind: str) -> None:
        emulator.fault(kind, where="request", count=1)
        got: list[str] = []
        with pytest.raises((*BROKEN_LINKS, *REFUSED, openai.APIError, anthropic.APIError)):
            got.extend(asker.stream("word about grammar " * 20))
        assert list(asker.stream("word about grammar " * 20))

    def test_a_refused_stream_is_an_error(self, emulator: ProviderEmulator, asker: Asker) -> None:
        emulator.fault("rate_limited", where="request", count=1)
        assert status(lambda: list(asker.stream())) == 429

    def test_openai_ends_with_usage_when_asked(self, emulator: ProviderEmulator, connect: Connect) -> None:
        asker = connect("openai")
        messages: Any = [{"role": "user", "content": "word about grammar " * 20}]
        chunks = list(
            asker.sdk.chat.completions.create(
                model="gpt-4o-mini",
                messages=messages,
                max_tokens=10,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "length"
        assert chunks[-1].usage.completion_tokens == 10

    def test_openai_streams_responses(self, emulator: ProviderEmulator, connect: Connect) -> None:
        sdk = connect("openai").sdk
        asked = {"model": "gpt-5-mini", "input": "word about grammar " * 20}
        with sdk.responses.stream(**asked) as stream:
            text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
            final = stream.get_final_response()
        whole = sdk.responses.create(**asked)
        assert text == final.output_text == whole.output_text
        assert final.usage == whole.usage

    def test_anthropic_gives_the_final_message(self, emulator: ProviderEmulator, connect: Connect) -> None:
        sdk = connect("anthropic").sdk
        asked: dict[str, Any] = {
            "model": "claude-haiku-4-5",
            "max_tokens": 3000,
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "messages": [{"role": "user", "content": "word about grammar " * 20}],
        }
        with sdk.messages.stream(**asked) as stream:
            streamed = stream.get_final_message()
        whole = sdk.messages.create(**asked)
        assert [block.type for block in streamed.content] == [block.type for block in whole.content]
        assert streamed.content[-1].text == whole.content[-1].text
        assert (streamed.stop_reason, streamed.usage) == (whole.stop_reason, whole.usage)


TOOL = {"name": "note", "description": "Notes a topic.", "parameters": SCHEMA}


class TestTools:
    def test_openai(self, emulator: ProviderEmulator, connect: Connect) -> None:
        sdk = connect("openai").sdk
        answer = sdk.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "grammar"}],
            tools=[{"type": "function", "function": TOOL}],
            tool_choice="required",
        )
        call = answer.choices[0].message.tool_calls[0].function
        assert (call.name, set(json.loads(call.arguments))) == ("note", {"topic"})
        assert answer.choices[0].finish_reason == "tool_calls"

    def test_openai_responses(self, emulator: ProviderEmulator, connect: Connect) -> None:
        sdk = connect("openai").sdk
        choice = {"type": "function", "name": "note"}
        asked = {"model": "gpt-4o-mini", "input": "grammar", "tools": [{"type": "function", **TOOL}]}
        call = sdk.responses.create(**asked, tool_choice=choice).output[0]
        assert (call.type, call.name, set(json.loads(call.arguments))) == ("function_call", "note", {"topic"})
        with pytest.raises(openai.BadRequestError, match="tool_choice"):
            sdk.responses.create(**asked, tool_choice=choice | {"name": "other"})

    def test_anthropic_whole_and_streamed(self, emulator: ProviderEmulator, connect: Connect) -> None:
        sdk = connect("anthropic").sdk
        asked: dict[str, Any] = {
            "model": "claude-haiku-4-5",
            "max_tokens": 500,
            "messages": [{"role": "user", "content": "grammar"}],
            "tools": [{"name": "note", "input_schema": SCHEMA}],
            "tool_choice": {"type": "tool", "name": "note"},
        }
        answer = sdk.messages.create(**asked)
        assert (answer.stop_reason, answer.content[0].name, set(answer.content[0].input)) == (
            "tool_use",
            "note",
            {"topic"},
        )
        with sdk.messages.stream(**asked) as stream:
            assert stream.get_final_message().content[0].input == answer.content[0].input
        with pytest.raises(anthropic.BadRequestError, match="tool_choice"):
            sdk.messages.create(**asked | {"tool_choice": {"type": "tool", "name": "other"}})

    def test_gemini(self, emulator: ProviderEmulator, connect: Connect) -> None:
        sdk = connect("gemini").sdk
        function = {"name": "note", "parameters": {"type": "OBJECT", "properties": {"topic": {"type": "STRING"}}}}
        config: Any = {
            "tools": [{"function_declarations": [function]}],
            "tool_config": {"function_calling_config": {"mode": "ANY"}},
            "automatic_function_calling": {"disable": True},
        }
        answer = sdk.models.generate_content(model="gemini-3.5-flash", contents="grammar", config=config)
        assert (answer.function_calls[0].name, set(answer.function_calls[0].args)) == ("note", {"topic"})


AskAndClose = tuple[Callable[[str], Any], Callable[[], Any]]


class TestAtOnce:
    @pytest.mark.parametrize("name", PROVIDERS)
    def test_a_hundred_calls_are_in_flight_together(self, emulator: ProviderEmulator, name: str) -> None:
        emulator.latency(request_seconds=1)
        answers = asyncio.run(self.hundred(emulator, name))
        calls = emulator.calls()
        assert len(set(answers)) == 100
        together = max(sum(other["at"] <= call["at"] < other["ended"] for other in calls) for call in calls)
        assert together >= 60

    async def hundred(self, emulator: ProviderEmulator, name: str) -> list[str]:
        made = {"openai": self.openai, "anthropic": self.anthropic, "gemini": self.gemini}[name]
        ask, close = made(emulator)
        try:
            return await asyncio.gather(*(ask(f"question {n}") for n in range(100)))
        finally:
            await close()

    def openai(self, emulator: ProviderEmulator) -> AskAndClose:
        sdk = openai.AsyncOpenAI(base_url=emulator.openai_base_url, api_key="sk-one", max_retries=0, timeout=60)

        async def ask(text: str) -> str:
            messages: Any = [{"role": "user", "content": text}]
            return (await sdk.chat.completions.create(model=MODELS["openai"], messages=messages)).id

        return ask, sdk.close

    def anthropic(self, emulator: ProviderEmulator) -> AskAndClose:
        sdk = anthropic.AsyncAnthropic(
            base_url=emulator.anthropic_base_url, api_key="sk-one", max_retries=0, timeout=60
        )

        async def ask(text: str) -> str:
            messages: Any = [{"role": "user", "content": text}]
            return (await sdk.messages.create(model=MODELS["anthropic"], max_tokens=99, messages=messages)).id

        return ask, sdk.close

    def gemini(self, emulator: ProviderEmulator) -> AskAndClose:
        options = types.HttpOptions(base_url=emulator.gemini_base_url, timeout=60_000)
        sdk = genai.Client(api_key="sk-one", http_options=options)

        async def ask(text: str) -> str:
            return (await sdk.aio.models.generate_content(model=MODELS["gemini"], contents=text)).response_id

        return ask, sdk.aio.aclose
