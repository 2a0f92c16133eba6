"""Streams, tools and many calls at once at the emulated providers, through all three official SDKs."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import types

from local.provider.process import ProviderEmulator
from tests.contract.askers import (
    BROKEN_LINKS,
    MODELS,
    PROVIDERS,
    REFUSED,
    SCHEMA,
    Asker,
    Connect,
    asker,
    connect,
    emulator,
    shared,
    status,
)

FIXTURES = (shared, emulator, connect, asker)


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
        sdk = openai.AsyncOpenAI(base_url=emulator.openai_base_url, api_key="sk-one", max_retries=0, timeout=120)

        async def ask(text: str) -> str:
            messages: Any = [{"role": "user", "content": text}]
            return (await sdk.chat.completions.create(model=MODELS["openai"], messages=messages)).id

        return ask, sdk.close

    def anthropic(self, emulator: ProviderEmulator) -> AskAndClose:
        sdk = anthropic.AsyncAnthropic(
            base_url=emulator.anthropic_base_url, api_key="sk-one", max_retries=0, timeout=120
        )

        async def ask(text: str) -> str:
            messages: Any = [{"role": "user", "content": text}]
            return (await sdk.messages.create(model=MODELS["anthropic"], max_tokens=99, messages=messages)).id

        return ask, sdk.close

    def gemini(self, emulator: ProviderEmulator) -> AskAndClose:
        options = types.HttpOptions(base_url=emulator.gemini_base_url, timeout=120_000)
        sdk = genai.Client(api_key="sk-one", http_options=options)

        async def ask(text: str) -> str:
            return (await sdk.aio.models.generate_content(model=MODELS["gemini"], contents=text)).response_id  # type: ignore[return-value]

        return ask, sdk.aio.aclose
