"""Anthropic: https://platform.claude.com/docs/en/build-with-claude/batch-processing.

A batch there carries nothing of ours until it has ended, when its results show our ids. So an orphan can be known
only by when it was made and how many requests it has: see `adopt`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from http import HTTPStatus
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fanfold.errors import NotFound, ProviderRefused, ProviderUnavailable
from fanfold.lines import split_lines
from fanfold.providers import (
    Batch,
    BatchLimits,
    Capabilities,
    Draft,
    Fault,
    Finish,
    Outcome,
    Prompt,
    Status,
    Usage,
    _anthropic_body,
    _calls,
    _parts,
    _replies,
    digest,
    whole,
    without,
)
from fanfold.providers._documents import Material
from fanfold.providers._keyed import Keyed
from fanfold.providers._replies import tokens

if TYPE_CHECKING:
    import anthropic
    import httpx2
    from anthropic.types.messages import MessageBatch

BATCHES: Final = "/v1/messages/batches"
MESSAGES: Final = "/v1/messages"
MOST_UNSTREAMED = 21_333
"""`max_tokens` up to which the SDK, with Anthropic's limit of ten minutes in mind, takes an answer in one piece."""
LONGEST_LINE = 32 * 1024 * 1024
BLOCK = 256 * 1024
CACHED = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
FAMILIES = re.compile(r"claude-[\w.-]+\Z")
MAX_TOKENS = 4096
"""What a request gets that does not say: Anthropic wants a figure."""
PASSING = frozenset({408, 409, 429})
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""https://platform.claude.com/docs/en/api/errors."""
KINDS = {
    "invalid_request_error": "invalid_request",
    "authentication_error": "unauthorized",
    "permission_error": "forbidden",
    "not_found_error": "not_found",
    "rate_limit_error": "rate_limited",
    "request_too_large": "invalid_request",
}
FINISHES = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "refusal": Finish.REFUSAL,
    "tool_use": Finish.TOOL,
}


class Anthropic:
    """Messages through Message Batches. The SDK is imported, and the key read, on the first call."""

    batch_limits = BatchLimits(requests=100_000, bytes=256_000_000)
    capabilities = Capabilities(lanes=("batch", "realtime"), documents=True, marked_batches=False, files=True)
    default_model = "claude-haiku-4-5"
    most_document_bytes = 32 * 1024 * 1024
    most_document_pages = 100

    def __init__(self, key: Callable[[], str], timeout: float) -> None:
        self._key, self._timeout = key, timeout
        self._client, self._async_client = Keyed(key, self._made), Keyed(key, self._async_made)

    @property
    def account(self) -> str:
        return digest(self._key())

    def knows(self, model: str) -> bool:
        """A name of the family: new models must not wait for a release of ours."""
        return FAMILIES.match(model) is not None

    def body(self, prompt: Prompt) -> dict[str, Any]:
        _parts.refuse("Anthropic", seed=prompt.seed)
        body: dict[str, Any] = {"model": prompt.model, "max_tokens": prompt.max_tokens or MAX_TOKENS}
        body["messages"] = _anthropic_body.turns(prompt.messages)
        if system := [message.get("content") for message in prompt.messages if message["role"] in _parts.SYSTEM]:
            body["system"] = _anthropic_body.system(system)
        for name in ("temperature", "top_p"):
            if (value := getattr(prompt, name)) is not None:
                body[name] = value
        if prompt.stop is not None:
            body["stop_sequences"] = prompt.stops
        return body | _anthropic_body.output_config(prompt) | _anthropic_body.tools(prompt)

    def completed(self, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
        own = self.body(prompt)
        del own["messages"]
        if prompt.max_tokens is None:
            del own["max_tokens"]
        return own | body

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        found: dict[str, Any] | None = ((body.get("output_config") or {}).get("format") or {}).get("schema")
        return found

    def continued(self, body: dict[str, Any], output: str, said: str) -> dict[str, Any]:
        turns = ({"role": "assistant", "content": output}, {"role": "user", "content": said})
        return body | {"messages": [*body["messages"], *turns]}

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        return whole(body.get("max_tokens"))

    def limited(self, body: dict[str, Any], tokens: int) -> dict[str, Any]:
        return body | {"max_tokens": tokens}

    def reasons(self, body: dict[str, Any]) -> bool:
        """Only if the request asks for it."""
        thinking = body.get("thinking")
        return isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive")

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        return json.dumps({"custom_id": id, "params": body}, ensure_ascii=False, separators=(",", ":")).encode()

    def stage(self, file: Path, marker: str) -> str:
        """Nothing is uploaded; but the SDK's import, which takes seconds, must not count as time of the create."""
        with self._calls():
            return ""

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        from anthropic.types.messages import MessageBatch

        size = str(len(b'{"requests":[]}') + file.stat().st_size - 1)
        headers = {"Content-Type": "application/json", "Content-Length": size}
        with self._calls() as client:
            return client.post(BATCHES, content=_body(file), cast_to=MessageBatch, options={"headers": headers}).id

    def adopt(self, draft: Draft) -> str | None:
        """The oldest batch that nobody has, of as many requests, made while a create of the draft was under way."""
        if not draft.tries:
            return None
        first = min(start for start, _ in draft.tries)
        with self._calls() as client:
            listed = takewhile(lambda batch: batch.created_at >= first, client.messages.batches.list(limit=100))
            found = [batch.id for batch in listed if _can_be(batch, draft) and not draft.known(batch.id)]
        return found[-1] if found else None

    def batch(self, id: str) -> Batch:
        with self._calls() as client:
            found = client.messages.batches.retrieve(id)
        counts = found.request_counts
        done = counts.succeeded + counts.errored + counts.canceled + counts.expired
        return Batch(id=found.id, ended=found.processing_status == "ended", done=done)

    def cancel(self, id: str) -> None:
        import anthropic

        with self._calls() as client, suppress(anthropic.BadRequestError, anthropic.ConflictError):
            client.messages.batches.cancel(id)

    def discard(self, id: str) -> None:
        import anthropic

        gone = (anthropic.BadRequestError, anthropic.ConflictError, anthropic.NotFoundError)
        with self._calls() as client:
            with suppress(*gone):
                client.messages.batches.cancel(id)
            with suppress(*gone):
                client.messages.batches.delete(id)

    def outcomes(self, batch: Batch) -> Iterator[Outcome]:
        with self._calls() as client, client.messages.batches.with_streaming_response.results(batch.id) as content:
            for line in split_lines(content.iter_bytes(), LONGEST_LINE):
                yield _outcome(line)

    def keep_document(self, file: Path, name: str) -> str:
        with self._calls(), self._own() as client, file.open("rb") as content:
            return client.files.upload(file=(name, content, "application/pdf")).id

    def kept_documents(self, prefix: str) -> Iterator[str]:
        with self._calls(), self._own() as client:
            for each in client.files.list(limit=1000):
                if each.filename.startswith(prefix):
                    yield each.id

    def drop_document(self, id: str) -> None:
        import anthropic

        with self._calls(), self._own() as client, suppress(anthropic.NotFoundError):
            client.files.delete(id)

    def parts(self, material: Sequence[Material]) -> list[dict[str, Any]]:
        return [_part(each) | (CACHED if each.cached else {}) for each in material]

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        import anthropic

        client, asked = self._async_client(), _calls.unstreamed(body)
        async with _calls.stainless(anthropic, timeout, "Anthropic", self._key(), _refusal):
            long = asked.get("max_tokens", 0) > MOST_UNSTREAMED
            reply = await (_streamed(client, asked, timeout) if long else _whole(client, asked, timeout))
        return _calls.read("Anthropic", id, reply, _replied)

    def prepare(self) -> None:
        _ = self._async_client()

    async def close(self) -> None:
        if "_http" in self.__dict__:
            await self._http.aclose()

    def heard(self, headers: Mapping[str, str], body: bytes, secret: str) -> str | None:
        raise NotFound("Anthropic has no webhooks: its batches are polled")

    def _made(self, key: str) -> "anthropic.Anthropic":
        import anthropic

        return anthropic.Anthropic(api_key=key, max_retries=0, timeout=self._timeout)

    def _own(self) -> "anthropic.Anthropic":
        """A client with connections of its own: files are asked for too seldom to keep one open."""
        return self._made(self._key())

    def _async_made(self, key: str) -> "anthropic.AsyncAnthropic":
        import anthropic

        return anthropic.AsyncAnthropic(api_key=key, max_retries=0, http_client=self._http)

    @cached_property
    def _http(self) -> "httpx2.AsyncClient":
        from fanfold.providers._http import http_client

        return http_client(self._timeout)

    @contextmanager
    def _calls(self) -> Iterator["anthropic.Anthropic"]:
        """Calls in here raise our errors. The SDK's retries are off: the state machine owns them."""
        import anthropic
        import httpx2

        try:
            yield self._client()
        except anthropic.APIStatusError as error:
            if error.status_code in (402, 429):
                raise _calls.told("Anthropic", self._key(), _refusal(error)) from None
            passing = error.status_code in PASSING or error.status_code >= 500
            kind = ProviderUnavailable if passing else ProviderRefused
            raise kind(f"Anthropic: {without(self._key(), error.api_message or error.message)}") from None
        except (anthropic.AnthropicError, httpx2.HTTPError, json.JSONDecodeError) as error:
            raise ProviderUnavailable(f"Anthropic: {without(self._key(), error)}") from None


def _part(material: Material) -> dict[str, Any]:
    """A block of a message: https://platform.claude.com/docs/en/build-with-claude/pdf-support."""
    if material.file:
        source = {"type": "file", "file_id": material.file}
    elif material.title:
        source = {"type": "text", "media_type": "text/plain", "data": material.text}
    else:
        return {"type": "text", "text": material.text}
    return {"type": "document", "source": source, "title": material.title[:500]}


async def _whole(client: "anthropic.AsyncAnthropic", body: dict[str, Any], timeout: float) -> bytes:
    import httpx2

    return (await client.post(MESSAGES, body=body, cast_to=httpx2.Response, options={"timeout": timeout})).content


async def _streamed(client: "anthropic.AsyncAnthropic", body: dict[str, Any], timeout: float) -> bytes:
    """A long answer, in parts: Anthropic drops connections that are silent for too long. What is no parameter of the
    SDK's own goes as it is."""
    own = {name: body.pop(name) for name in ("model", "max_tokens", "messages")}
    async with client.messages.stream(**own, extra_body=body, timeout=timeout) as stream:
        return (await stream.get_final_message()).to_json(indent=None).encode()


def _refusal(error: "anthropic.APIStatusError") -> _calls.Refusal:
    """An error in the middle of a stream has the stream's status, 200, and its own only by name."""
    status = error.status_code if error.status_code >= 300 else STATUSES.get(error.type or "", 500)
    said, headers, body = error.api_message or error.message, error.response.headers, _calls.body_of(error.response)
    return _calls.Refusal(status, said, error.type, headers, body=body)


def _body(file: Path) -> Iterator[bytes]:
    """The file's lines as the create's JSON, a block at a time: a line end in the file is a comma there."""
    yield b'{"requests":['
    left = file.stat().st_size - 1
    with file.open("rb") as lines:
        while block := lines.read(min(BLOCK, left)):
            left -= len(block)
            yield block.replace(b"\n", b",")
    yield b"]}"


def _can_be(batch: "MessageBatch", draft: Draft) -> bool:
    counts = batch.request_counts
    total = counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
    return total == draft.requests and any(start <= batch.created_at <= end for start, end in draft.tries)


def _outcome(line: bytes) -> Outcome:
    """One line of the results."""
    return _replies.outcome_of(line, "custom_id", partial(_read, line))


def _read(line: bytes, id: str, found: dict[str, Any]) -> Outcome:
    result = found["result"]
    if not isinstance(result, dict):
        raise TypeError("its result is no object")
    if result.get("type") == "succeeded" and (message := result.get("message")):
        return _answered(id, message, line)
    return _unanswered(id, result)


def _replied(id: str, message: dict[str, Any], came: bytes) -> Outcome:
    """A reply of another kind, or one that does not say how it ended, is no answer."""
    _calls.check_error(message)
    if message["type"] != "message" or not message["stop_reason"]:
        raise ValueError("it is no finished message")
    _calls.check_family(message["model"], FAMILIES)
    return _answered(id, message, came)


def _answered(id: str, message: dict[str, Any], came: bytes) -> Outcome:
    if message.get("type") == "error" or message.get("error"):
        return _failed(id, message)
    usage = _replies.usage_of(message.get("usage"), _usage)
    try:
        texts = [block for block in message["content"] if block.get("type") == "text"]
    except (KeyError, TypeError, AttributeError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    reason = message.get("stop_reason")
    return Outcome(
        id=id,
        status=Status.SUCCEEDED,
        output=_replies.texts(texts),
        finish_reason=_replies.finish(reason, FINISHES),
        provider_reason=_replies.brief(reason),
        usage=usage,
        response=message,
    )


def _unanswered(id: str, result: dict[str, Any]) -> Outcome:
    said = _replies.brief(result.get("type")) or ""
    if status := {"expired": Status.EXPIRED, "canceled": Status.CANCELLED}.get(said):
        return Outcome(id=id, status=status, error=Fault(kind=status.value, message=f"the request was {status.value}"))
    return _failed(id, result)


def _failed(id: str, result: dict[str, Any]) -> Outcome:
    """The error may be wrapped in an `error` of its own, or in two."""
    error = _replies.error_in(_replies.error_in(result))
    type = _replies.brief(error.get("type")) if isinstance(error, dict) else None
    return _replies.failed(
        id, error, kind=KINDS.get(type or "", "provider_error"), code=type, status=STATUSES.get(type or "")
    )


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Anthropic counts cached tokens beside the input tokens; here they are among them."""
    cached, written = tokens(usage, "cache_read_input_tokens"), tokens(usage, "cache_creation_input_tokens")
    return Usage(
        input_tokens=tokens(usage, "input_tokens") + cached + written,
        output_tokens=tokens(usage, "output_tokens"),
        cached_tokens=cached,
        written_tokens=written,
        long_written_tokens=tokens(usage, "cache_creation", "ephemeral_1h_input_tokens"),
        reasoning_tokens=tokens(usage, "output_tokens_details", "thinking_tokens"),
    )


PLUGIN = Anthropic
