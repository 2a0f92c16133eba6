"""Gemini: https://ai.google.dev/gemini-api/docs/batch-api, through the Developer API."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fanfold.errors import NotFound, ProviderRefused, ProviderUnavailable
from fanfold.lines import split_lines
from fanfold.providers import (
    Batch,
    BatchLimits,
    Capabilities,
    Draft,
    Finish,
    Outcome,
    Prompt,
    Status,
    Usage,
    _calls,
    _gemini_body,
    _parts,
    _replies,
    digest,
    whole,
    without,
)
from fanfold.providers._keyed import Keyed
from fanfold.providers._replies import tokens

if TYPE_CHECKING:
    import httpx2
    from google import genai
    from google.genai import errors

SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?s", re.ASCII)
LONGEST_LINE = 32 * 1024 * 1024
BLOCK = 1024 * 1024
CLOCK_SKEW = 300
"""Seconds that the provider's clock may be off ours."""
FAMILIES = re.compile(r"(gemini|gemma)-[\w.-]+\Z")
REASONING = re.compile(r"gemini-(2\.5|[3-9])(?!.*-lite)")
"""Models that think unless they are told not to."""
PASSING = frozenset({404, 408, 409, 429})
"""Statuses that may pass: a file can be missing for a moment after its upload."""
ENDED = {
    "JOB_STATE_SUCCEEDED": Status.FAILED,
    "JOB_STATE_PARTIALLY_SUCCEEDED": Status.FAILED,
    "JOB_STATE_FAILED": Status.FAILED,
    "JOB_STATE_CANCELLED": Status.CANCELLED,
    "JOB_STATE_EXPIRED": Status.EXPIRED,
}
"""The states that end a batch, and what became of the requests that it then has no line for."""
KINDS = {3: "invalid_request", 5: "not_found", 7: "forbidden", 8: "rate_limited", 16: "unauthorized"}
"""By `google.rpc.Code`."""
FINISHES = {"STOP": Finish.STOP, "MAX_TOKENS": Finish.LENGTH} | dict.fromkeys(
    ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY"), Finish.REFUSAL
)


CONFIGS = ("generationConfig", "generation_config")
LIMITS = ("maxOutputTokens", "max_output_tokens")
WHOLE = {
    "should_return_http_response": True,
    "automatic_continuation": False,
    "automatic_function_calling": {"disable": True},
}
"""One call, whose answer we read ourselves."""
INSTEAD = "-"
"""The SDK wants contents of its own making; the request's take their place as they are."""


class Gemini:
    """generateContent through batches of uploaded files. The SDK is imported, and the key read, on the first call."""

    batch_limits = BatchLimits(requests=200_000, bytes=2_000_000_000, enqueued_tokens=3_000_000)
    capabilities = Capabilities(lanes=("batch", "realtime"), documents=True)
    default_model = "gemini-3.5-flash-lite"

    def __init__(self, key: Callable[[], str], timeout: float) -> None:
        self._key, self._timeout = key, timeout
        self._client, self._async_client = Keyed(key, self._made), Keyed(key, self._async_made)

    @property
    def account(self) -> str:
        return digest(self._key())

    def knows(self, model: str) -> bool:
        """A name of one of Google's families: new models must not wait for a release of ours."""
        return FAMILIES.match(model) is not None

    def body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {"model": prompt.model, "contents": _gemini_body.contents(prompt.messages)}
        rules = [message.get("content") for message in prompt.messages if message["role"] in _parts.SYSTEM]
        if system := [part for rule in rules for part in _gemini_body.own(rule or [])]:
            body["systemInstruction"] = {"parts": system}
        if config := _gemini_body.config(prompt):
            body["generationConfig"] = config
        return body | _gemini_body.tools(prompt)

    def completed(self, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
        own = self.body(prompt)
        del own["contents"]
        for name in [name for name in own if _gemini_body.snake(name) in body]:
            body = {name if each == _gemini_body.snake(name) else each: value for each, value in body.items()}
        config, theirs = own.get("generationConfig", {}), body.get("generationConfig") or {}
        if config and isinstance(theirs, dict):
            missing = {name: value for name, value in config.items() if _gemini_body.snake(name) not in theirs}
            body = body | {"generationConfig": missing | theirs}
        return own | body

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (body.get("generationConfig") or {}).get("responseJsonSchema")
        return found

    def continued(self, body: dict[str, Any], output: str, said: str) -> dict[str, Any]:
        turns = ({"role": "model", "parts": [{"text": output}]}, {"role": "user", "parts": [{"text": said}]})
        return body | {"contents": [*body["contents"], *turns]}

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        config = body.get("generationConfig") or body.get("generation_config")
        if not isinstance(config, dict):
            return None
        return whole(config.get("maxOutputTokens")) or whole(config.get("max_output_tokens"))

    def limited(self, body: dict[str, Any], tokens: int) -> dict[str, Any]:
        field = next((name for name in CONFIGS if body.get(name)), CONFIGS[0])
        config = body.get(field) or {}
        rest = {name: value for name, value in config.items() if name not in LIMITS}
        return {name: value for name, value in body.items() if name not in CONFIGS} | {
            field: rest | {LIMITS[0]: tokens}
        }

    def reasons(self, body: dict[str, Any]) -> bool:
        config = body.get("generationConfig") or {}
        thinking = config.get("thinkingConfig") if isinstance(config, dict) else None
        off = isinstance(thinking, dict) and thinking.get("thinkingBudget") == 0
        return REASONING.match(str(body.get("model"))) is not None and not off

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        request = {name: value for name, value in body.items() if name != "model"}
        return json.dumps({"key": id, "request": request}, ensure_ascii=False, separators=(",", ":")).encode()

    def stage(self, file: Path, marker: str) -> str:
        config: Any = {"mime_type": "application/jsonl", "display_name": f"{marker}.jsonl"}
        with self._calls() as client:
            return client.files.upload(file=file, config=config).name or ""

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        with self._calls() as client:
            config: Any = {"display_name": draft.marker}
            return client.batches.create(model=draft.model, src=staged, config=config).name or ""

    def adopt(self, draft: Draft) -> str | None:
        oldest = draft.since.timestamp() - CLOCK_SKEW
        with self._calls() as client:
            for batch in client.batches.list(config={"page_size": 100}):
                if batch.display_name == draft.marker:
                    return batch.name
                if batch.create_time and batch.create_time.timestamp() < oldest:
                    break
            self._forget_files(client, draft.marker)
        return None

    def batch(self, id: str) -> Batch:
        with self._calls() as client:
            found = client.batches.get(name=id)
        state = found.state.value if found.state else ""
        return Batch(
            id=id,
            ended=state in ENDED,
            # Why it failed is in the answer, but the SDK drops it in Developer API mode.
            failure="Gemini failed the batch and its SDK does not say why" if state == "JOB_STATE_FAILED" else None,
            files=(found.dest.file_name,) if found.dest and found.dest.file_name else (),
            rest=ENDED.get(state, Status.FAILED),
        )

    def cancel(self, id: str) -> None:
        from google.genai import errors

        with self._calls() as client, suppress(errors.ClientError):
            client.batches.cancel(name=id)

    def discard(self, id: str) -> None:
        from google.genai import errors

        with self._calls() as client, suppress(errors.ClientError):
            found = client.batches.get(name=id)
            with suppress(errors.ClientError):
                client.batches.cancel(name=id)
            if found.dest and found.dest.file_name:
                client.files.delete(name=found.dest.file_name)
            self._forget_files(client, found.display_name or "")
            client.batches.delete(name=id)

    def outcomes(self, batch: Batch) -> Iterator[Outcome]:
        for file in batch.files:
            with TemporaryDirectory() as folder:
                path = Path(folder) / "output.jsonl"
                with self._calls() as client:
                    client.files.download(file=file, destination=path)
                with path.open("rb") as content:
                    for line in split_lines(iter(lambda: content.read(BLOCK), b""), LONGEST_LINE):
                        yield _outcome(line)

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        from google.genai import errors

        client, asked = self._async_client(), {"contents": [], **body}
        model = asked.pop("model", self.default_model)
        config: Any = WHOLE | {"http_options": {"extra_body": asked, "timeout": int(timeout * 1000)}}
        try:
            async with _calls.within(timeout, "Gemini", self._key()):
                reply = await client.aio.models.generate_content(model=model, contents=INSTEAD, config=config)
        except errors.APIError as error:
            raise _calls.told("Gemini", self._key(), _refusal(error)) from None
        text = reply.sdk_http_response.body if reply.sdk_http_response else None
        return _calls.read("Gemini", id, (text or "").encode(), _replied)

    def prepare(self) -> None:
        _ = self._async_client()

    async def close(self) -> None:
        if "_http" in self.__dict__:
            await self._http.aclose()

    def _forget_files(self, client: "genai.Client", marker: str) -> None:
        """Delete what was uploaded under the marker. Files that nobody deletes end by themselves after two days."""
        for file in client.files.list(config={"page_size": 100}):
            if file.display_name == f"{marker}.jsonl" and file.name:
                client.files.delete(name=file.name)

    def heard(self, headers: Mapping[str, str], body: bytes, secret: str) -> str | None:
        raise NotFound("Gemini's events are not heard: its SDK cannot verify them, so its batches are polled")

    def _made(self, key: str) -> "genai.Client":
        from google import genai
        from google.genai.types import HttpOptions

        options = HttpOptions(timeout=int(self._timeout * 1000))
        return genai.Client(vertexai=False, api_key=key, http_options=options)

    @cached_property
    def _http(self) -> "httpx2.AsyncClient":
        from fanfold.providers._http import http_client

        return http_client(self._timeout)

    def _async_made(self, key: str) -> "genai.Client":
        """With a client of its own the SDK neither takes aiohttp, if it is there, nor tries a broken call again."""
        from google import genai
        from google.genai.types import HttpOptions

        options = HttpOptions(httpx_async_client=self._http)
        return genai.Client(vertexai=False, api_key=key, http_options=options)

    @contextmanager
    def _calls(self) -> Iterator["genai.Client"]:
        """Calls in here raise our errors. The SDK retries only the chunks of an upload; the rest is left to us."""
        import httpx
        import httpx2
        from google.genai import errors

        try:
            yield self._client()
        except errors.APIError as error:
            if error.code == 429:
                raise _calls.told("Gemini", self._key(), _refusal(error)) from None
            kind = ProviderUnavailable if error.code in PASSING or error.code >= 500 else ProviderRefused
            raise kind(f"Gemini: {without(self._key(), error.message or error.status)}") from None
        except (httpx.HTTPError, httpx2.HTTPError, json.JSONDecodeError) as error:
            raise ProviderUnavailable(f"Gemini: {without(self._key(), error)}") from None


def _refusal(error: "errors.APIError") -> _calls.Refusal:
    """Gemini says when to come back in a detail of its error: https://google.aip.dev/193."""
    details = (error.details.get("error") or {}).get("details") or [] if isinstance(error.details, dict) else []
    delays = [each.get("retryDelay", "") for each in details if isinstance(each, dict)]
    seconds = [float(delay[:-1]) for delay in delays if SECONDS.fullmatch(delay)]
    headers = getattr(error.response, "headers", {})
    body = None if isinstance(error.message, str) else _replies.excerpt(error.details)
    delay = max(seconds, default=None)
    return _calls.Refusal(error.code, str(error.message or ""), error.status, headers, delay, body)


def _replied(id: str, reply: dict[str, Any], came: bytes) -> Outcome:
    """A reply with neither a candidate nor the reason why there is none is no answer."""
    _calls.check_error(reply)
    blocked = (reply.get("promptFeedback") or {}).get("blockReason")
    if not blocked and not (reply["candidates"][0].get("finishReason")):
        raise ValueError("it has no finished candidate")
    if model := reply.get("modelVersion"):
        _calls.check_family(model.removeprefix("models/"), FAMILIES)
    return _answered(id, reply, came)


def _outcome(line: bytes) -> Outcome:
    """One line of an output file."""
    return _replies.outcome_of(line, "key", partial(_read, line))


def _read(line: bytes, id: str, found: dict[str, Any]) -> Outcome:
    response = found.get("response")
    if error := found.get("error") or (isinstance(response, dict) and response.get("error")):
        return _unanswered(id, error)
    return _answered(id, found["response"], line)


def _answered(id: str, response: dict[str, Any], came: bytes) -> Outcome:
    """A prompt that was blocked has no candidate; it is an answer all the same."""
    usage = _replies.usage_of(response.get("usageMetadata"), _usage)
    try:
        blocked = (response.get("promptFeedback") or {}).get("blockReason")
        candidate = {} if blocked and not response.get("candidates") else response["candidates"][0]
        parts = (candidate.get("content") or {}).get("parts") or []
        texts = [part for part in parts if part.get("text") and not part.get("thought")]
        calls = any("functionCall" in part for part in parts)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    reason = blocked or candidate.get("finishReason")
    return Outcome(
        id=id,
        status=Status.SUCCEEDED,
        output=_replies.texts(texts),
        finish_reason=Finish.REFUSAL if blocked else Finish.TOOL if calls else _replies.finish(reason, FINISHES),
        provider_reason=_replies.brief(reason),
        usage=usage,
        response=response,
    )


def _unanswered(id: str, error: Any) -> Outcome:
    """The error's code is one of `google.rpc.Code`, or an HTTP status."""
    code = error.get("code") if isinstance(error, dict) else None
    if status := _replies.status_of(code):
        return _replies.failed(id, error, code=_replies.brief(error.get("status")), status=status)
    return _replies.failed(id, error, kind=KINDS.get(code, "provider_error") if isinstance(code, int) else None)


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Gemini counts thoughts beside the candidates' tokens; here they are among the output tokens."""
    thoughts = tokens(usage, "thoughtsTokenCount")
    return Usage(
        input_tokens=tokens(usage, "promptTokenCount") + tokens(usage, "toolUsePromptTokenCount"),
        output_tokens=tokens(usage, "candidatesTokenCount") + thoughts,
        cached_tokens=tokens(usage, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
    )


PLUGIN = Gemini
