"""What Gemini may be asked besides generated content: embeddings (https://ai.google.dev/api/embeddings)."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from fanfold.providers import Finish, Outcome, Prompt, Status, Usage, _parts, _replies
from fanfold.providers._replies import tokens

CHAT: Final = "chat"
EMBEDDINGS: Final = "embeddings"
EMBEDDING = re.compile(r"gemini-embedding-[\w.-]+\Z")


def endpoint_of(body: Mapping[str, Any]) -> str:
    """Which endpoint the body is for: an embedding is of one `content`."""
    return EMBEDDINGS if "content" in body else CHAT


def are_in(file: Path) -> bool:
    """Whether the lines of the file ask for embeddings: those of a batch ask all for the same."""
    with file.open("rb") as lines:
        return endpoint_of(json.loads(lines.readline())["request"]) == EMBEDDINGS


def body(prompt: Prompt) -> dict[str, Any]:
    """The prompt as a request. Raises Invalid with the field that it has no place for."""
    text = _parts.embedded_text(prompt, EMBEDDING, "gemini-embedding-001")
    return with_input({"model": prompt.model}, text)


def with_input(given: dict[str, Any], text: str) -> dict[str, Any]:
    """The request with another text."""
    return given | {"content": {"parts": [{"text": text}]}}


def outcome(id: str, response: dict[str, Any], came: bytes) -> Outcome:
    """The vector is in the response alone."""
    usage = _replies.usage_of(response, _usage)
    try:
        _check_vector(response["embedding"]["values"])
    except (KeyError, TypeError, ValueError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    return Outcome(id=id, status=Status.SUCCEEDED, finish_reason=Finish.STOP, usage=usage, response=response)


def _check_vector(values: Any) -> None:
    if not isinstance(values, list) or not values:
        raise ValueError("it holds no embedding")


def answered(id: str, reply: dict[str, Any], came: bytes) -> Outcome:
    """The only one of the embeddings that a call was answered with, as a line of a batch has it."""
    (found,) = reply["embeddings"]
    used = (reply.get("usageMetadata") or {}).get("promptTokenCount")
    return outcome(id, {"embedding": found} | ({} if used is None else {"tokenCount": used}), came)


def _usage(response: Mapping[str, Any]) -> Usage:
    """The SDK has it in `tokenCount`, the API's reference in `usageMetadata`."""
    return Usage(input_tokens=tokens(response, "tokenCount") or tokens(response, "usageMetadata", "promptTokenCount"))
