"""OpenAI: https://platform.openai.com/docs/api-reference/batch."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fanfold.errors import Invalid, NotFound, ProviderRefused, ProviderUnavailable, Unauthorized
from fanfold.lines import parse_json, split_lines
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
    _calls,
    _openai_body,
    _replies,
    digest,
    whole,
    without,
)
from fanfold.providers._keyed import Keyed
from fanfold.providers._replies import tokens

if TYPE_CHECKING:
    import httpx2
    import openai
    from openai.types import Batch as OpenAIBatch

ENDPOINT: Final = "/v1/chat/completions"
LONGEST_LINE = 32 * 1024 * 1024
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
LIMITS = frozenset({"max_completion_tokens", "max_tokens"})
FAMILIES = re.compile(r"(gpt-|chatgpt-|o\d|codex-|ft:)[\w.:-]*\Z")
REASONING = re.compile(r"(o\d|gpt-[5-9](?!.*chat)|codex-|ft:(o\d|gpt-[5-9]))")
PASSING = frozenset({404, 408, 409, 429})
"""Statuses that may pass: a file can be missing for a moment after its upload."""
LIMIT = re.compile(r"[Ll]imit:? *([\d,]{3,})")
NO_MORE = (None,) * 6
CLOCK_SKEW = 300
"""Seconds that the provider's clock may be off ours."""
FINISHES = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "content_filter": Finish.REFUSAL,
    "tool_calls": Finish.TOOL,
    "function_call": Finish.TOOL,
}


class OpenAI:
    """Chat completions through the Batch API. The SDK is imported, and the key read, on the first call."""

    batch_limits = BatchLimits(requests=50_000, bytes=200_000_000, enqueued_tokens=2_000_000)
    capabilities = Capabilities(lanes=("batch", "realtime"), documents=True)
    default_model = "gpt-5.4-mini"

    def __init__(self, key: Callable[[], str], timeout: float) -> None:
        self._key, self._timeout = key, timeout
        self._client, self._async_client = Keyed(key, self._made), Keyed(key, self._async_made)

    @property
    def account(self) -> str:
        return digest(self._key())

    def knows(self, model: str) -> bool:
        """A name of one of OpenAI's families: new models must not wait for a release of ours."""
        return FAMILIES.match(model) is not None

    def body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {"model": prompt.model, "messages": _openai_body.messages(prompt.messages)}
        if prompt.max_tokens is not None:
            body["max_completion_tokens"] = prompt.max_tokens
        if prompt.temperature is not None:
            body["temperature"] = prompt.temperature
        if prompt.response_schema is not None:
            form = {
                "name": "response",
                "schema": prompt.response_schema,
                "strict": _openai_body.is_strict(prompt.response_schema),
            }
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        return body if prompt[5:] == NO_MORE else body | _openai_body.more(prompt)

    def completed(self, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
        own = self.body(prompt)
        turns = own.pop("messages")
        if "max_tokens" in body:
            own.pop("max_completion_tokens", None)
        said = body.get("messages")
        if turns and isinstance(said, list) and not any(_openai_body.is_system(turn) for turn in said):
            body = body | {"messages": [*turns, *said]}
        return own | body

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        form = (body.get("response_format") or {}).get("json_schema") or {}
        found: dict[str, Any] | None = form.get("schema")
        return found

    def continued(self, body: dict[str, Any], output: str, said: str) -> dict[str, Any]:
        turns = ({"role": "assistant", "content": output}, {"role": "user", "content": said})
        return body | {"messages": [*body["messages"], *turns]}

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        if LIMITS.isdisjoint(body):
            return None
        limit = whole(body.get("max_completion_tokens")) or whole(body.get("max_tokens"))
        return limit and limit * (whole(body.get("n")) or 1)

    def limited(self, body: dict[str, Any], tokens: int) -> dict[str, Any]:
        rest = {name: value for name, value in body.items() if name not in LIMITS}
        return rest | {"max_tokens" if "max_tokens" in body else "max_completion_tokens": tokens}

    def reasons(self, body: dict[str, Any]) -> bool:
        return REASONING.match(str(body.get("model"))) is not None and body.get("reasoning_effort") != "none"

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        request = {"custom_id": id, "method": "POST", "url": ENDPOINT, "body": body}
        return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()

    def stage(self, file: Path, marker: str) -> str:
        with self._calls() as client, file.open("rb") as body:
            return client.files.create(file=(f"{marker}.jsonl", body), purpose="batch").id

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        with self._calls() as client:
            made = client.batches.create(
                input_file_id=staged,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={"fanfold": draft.marker},
            )
        return made.id

    def adopt(self, draft: Draft) -> str | None:
        oldest = draft.since.timestamp() - CLOCK_SKEW
        with self._calls() as client:
            for batch in client.batches.list(limit=100):
                if (batch.metadata or {}).get("fanfold") == draft.marker:
                    return batch.id
                if batch.created_at < oldest:
                    break
            for file in client.files.list(purpose="batch", order="desc"):
                if file.filename == f"{draft.marker}.jsonl":
                    client.files.delete(file.id)
                if file.created_at < oldest:
                    break
        return None

    def batch(self, id: str) -> Batch:
        with self._calls() as client:
            found = client.batches.retrieve(id)
        return Batch(
            id=found.id,
            ended=found.status in ENDED,
            done=found.request_counts.completed + found.request_counts.failed if found.request_counts else 0,
            failure=_failure(found) if found.status == "failed" else None,
            over_tokens=found.status == "failed" and _over_tokens(found),
            token_limit=_token_limit(_failure(found)) if found.status == "failed" else None,
            validating=found.status == "validating",
            files=tuple(file for file in (found.output_file_id, found.error_file_id) if file),
        )

    def cancel(self, id: str) -> None:
        import openai

        with self._calls() as client, suppress(openai.ConflictError):
            client.batches.cancel(id)

    def discard(self, id: str) -> None:
        import openai

        with self._calls() as client, suppress(openai.NotFoundError):  # gone, or another key's that was ours before
            with suppress(openai.ConflictError, openai.NotFoundError):
                client.batches.cancel(id)
            found = client.batches.retrieve(id)
            for file in filter(None, (found.input_file_id, found.output_file_id, found.error_file_id)):
                with suppress(openai.NotFoundError):
                    client.files.delete(file)

    def outcomes(self, batch: Batch) -> Iterator[Outcome]:
        for file in batch.files:
            with self._calls() as client, client.files.with_streaming_response.content(file) as content:
                for line in split_lines(content.iter_bytes(), LONGEST_LINE):
                    yield _outcome(line)

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        import httpx2
        import openai

        client, path = self._async_client(), ENDPOINT.removeprefix("/v1")
        asked: Any = {"body": _calls.unstreamed(body), "options": {"timeout": timeout}}
        async with _calls.stainless(openai, timeout, "OpenAI", self._key(), _refusal):
            reply = await client.post(path, cast_to=httpx2.Response, **asked)
        return _calls.read("OpenAI", id, reply.content, _replied)

    def prepare(self) -> None:
        _ = self._async_client()

    async def close(self) -> None:
        if "_http" in self.__dict__:
            await self._http.aclose()

    def heard(self, headers: Mapping[str, str], body: bytes, secret: str) -> str | None:
        """Standard Webhooks: https://platform.openai.com/docs/guides/webhooks."""
        if not secret.removeprefix("whsec_"):  # anybody can sign with an empty one
            raise NotFound("this deployment has no webhook secret for OpenAI, and hears nothing")
        _verify(headers, body, secret)
        try:
            event = parse_json(body)
            kind, _, status = event["type"].rpartition(".")
            return str(event["data"]["id"]) if kind == "batch" and status in ENDED else None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Invalid("the body is no event of OpenAI", field="body") from None

    def _made(self, key: str) -> "openai.OpenAI":
        import openai

        if not key:
            raise ProviderRefused("OpenAI: this deployment has no key for it")
        return openai.OpenAI(api_key=key, max_retries=0, timeout=self._timeout)

    def _async_made(self, key: str) -> "openai.AsyncOpenAI":
        import openai

        return openai.AsyncOpenAI(api_key=key, max_retries=0, http_client=self._http)

    @cached_property
    def _http(self) -> "httpx2.AsyncClient":
        from fanfold.providers._http import http_client

        return http_client(self._timeout)

    @contextmanager
    def _calls(self) -> Iterator["openai.OpenAI"]:
        """Calls in here raise our errors. The SDK's retries are off: the state machine owns them."""
        import httpx2
        import openai

        try:
            yield self._client()
        except openai.RateLimitError as error:
            raise _calls.told("OpenAI", self._key(), _refusal(error)) from None
        except openai.APIStatusError as error:
            kind = ProviderUnavailable if error.status_code in PASSING or error.status_code >= 500 else ProviderRefused
            raise kind(f"OpenAI: {without(self._key(), error.message)}") from None
        except (openai.APIError, httpx2.HTTPError, json.JSONDecodeError) as error:
            raise ProviderUnavailable(f"OpenAI: {without(self._key(), error)}") from None


def _refusal(error: "openai.APIStatusError") -> _calls.Refusal:
    """A quota that is used up comes as 429 like a rate limit, and passes when somebody pays."""
    status = 402 if error.code == "insufficient_quota" else error.status_code
    code, headers, body = error.code or error.type, error.response.headers, _calls.body_of(error.response)
    return _calls.Refusal(status, error.message, code, headers, body=body)


def _verify(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    import openai

    try:
        with openai.OpenAI(api_key="verifying makes no call") as client:
            client.webhooks.verify_signature(body, headers, secret=secret)
    except (openai.InvalidWebhookSignatureError, ValueError, TypeError):  # headers that are missing or no signature
        raise Unauthorized("OpenAI did not sign this event, or too long ago", field="webhook-signature") from None


def _failure(batch: "OpenAIBatch") -> str:
    found = (batch.errors.data if batch.errors else None) or []
    said = "; ".join(f"line {each.line}: {each.message}" if each.line else f"{each.message}" for each in found[:5])
    return said or "the batch failed"


def _outcome(line: bytes) -> Outcome:
    """One line of an output or error file."""
    return _replies.outcome_of(line, "custom_id", partial(_read, line))


def _over_tokens(batch: "OpenAIBatch") -> bool:
    return any(each.code == "token_limit_exceeded" for each in (batch.errors.data if batch.errors else None) or [])


def _token_limit(said: str) -> int | None:
    found = LIMIT.search(said)
    return int(found[1].replace(",", "")) if found else None


def _read(line: bytes, id: str, found: dict[str, Any]) -> Outcome:
    if not (response := found.get("response")):
        return _unanswered(id, found["error"])
    status, body = response["status_code"], response["body"]
    if status != HTTPStatus.OK or (isinstance(body, dict) and body.get("error")):
        return _replies.failed(id, _replies.error_in(body), status=_replies.status_of(status))
    return _completed(id, body, line)


def _replied(id: str, body: dict[str, Any], came: bytes) -> Outcome:
    """A reply of another kind, or one that does not say how it ended, is no answer."""
    _calls.check_error(body)
    if body["object"] != "chat.completion" or not body["choices"][0]["finish_reason"]:
        raise ValueError("it is no finished completion")
    _calls.check_family(body["model"], FAMILIES)
    return _completed(id, body, came)


def _completed(id: str, body: dict[str, Any], came: bytes) -> Outcome:
    usage = _replies.usage_of(body.get("usage"), _usage)
    try:
        choice = body["choices"][0]
        message = choice["message"]
        output = _replies.texts(message.get("content")) or _replies.texts(message.get("refusal"))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    return Outcome(
        id=id,
        status=Status.SUCCEEDED,
        output=output,
        finish_reason=Finish.REFUSAL
        if message.get("refusal")
        else _replies.finish(choice.get("finish_reason"), FINISHES),
        provider_reason=_replies.brief(choice.get("finish_reason")),
        usage=usage,
        response=body,
    )


def _unanswered(id: str, error: Any) -> Outcome:
    code = error.get("code") if isinstance(error, dict) else None
    if status := {"batch_expired": Status.EXPIRED, "batch_cancelled": Status.CANCELLED}.get(_replies.brief(code) or ""):
        message = _replies.text(error.get("message")) or f"the request was {status.value}"
        return Outcome(id=id, status=status, error=Fault(kind=status.value, code=code, message=message))
    return _replies.failed(id, error, kind="provider_error")


def _usage(usage: Mapping[str, Any]) -> Usage:
    return Usage(
        input_tokens=tokens(usage, "prompt_tokens"),
        output_tokens=tokens(usage, "completion_tokens"),
        cached_tokens=tokens(usage, "prompt_tokens_details", "cached_tokens"),
        reasoning_tokens=tokens(usage, "completion_tokens_details", "reasoning_tokens"),
        written_tokens=tokens(usage, "prompt_tokens_details", "cache_write_tokens"),
    )


PLUGIN = OpenAI
