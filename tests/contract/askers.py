"""Each provider's official SDK brought down to the same few words, for tests of direct requests."""

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


def hint_of(error: Exception) -> float | None:
    """Seconds to wait, as the provider tells them."""
    if isinstance(error, errors.APIError):
        details = error.details["error"].get("details", [])
        return next((float(each["retryDelay"].rstrip("s")) for each in details), None)
    told: Any = error
    headers = told.response.headers
    return float(headers["retry-after"]) if "retry-after" in headers else None
