"""The fields of a line, as people write them. What is said of one that is wrong is in `fanfold.problems`."""

import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, with_config
from typing_extensions import TypedDict

from fanfold.batches.model.batch import Count, Endpoint, Seed
from fanfold.providers import ChatMessage
from fanfold.values import ID_PATTERN


def _as_text(id: Any) -> Any:
    """A number or another plain value that is somebody's id."""
    return json.dumps(id) if isinstance(id, int | float) else id


CustomIdText = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=ID_PATTERN)]
CustomId = Annotated[CustomIdText, BeforeValidator(_as_text)]
Share = Annotated[float, Field(ge=0, le=1)]


@with_config(ConfigDict(extra="forbid"))
class PlainLine(TypedDict, total=False):
    """A line that is most files': all of its fields are those of `RequestLine`, and it is checked in half the time."""

    custom_id: CustomIdText
    input: Annotated[str, StringConstraints(min_length=1)]


PLAIN = TypeAdapter(PlainLine)
PLAIN_FIELDS = frozenset(PlainLine.__annotations__)
CONTENTS = ("input", "messages", "body", "params", "request")
ARBITRARY = ("messages", "body", "params", "request", "tools", "tool_choice", "response_schema")
"""Fields in which any JSON may stand."""
NO_INPUT = frozenset({*CONTENTS, "key"} - {"input"})
"""Fields that a line has which is no mere input."""


URLS = {
    "/v1/chat/completions": Endpoint.CHAT,
    "/v1/responses": Endpoint.RESPONSES,
    "/v1/embeddings": Endpoint.EMBEDDINGS,
}
"""Endpoints as lines of OpenAI's batch files name them."""


@with_config(ConfigDict(extra="forbid"))
class RequestLine(TypedDict, total=False):
    """A request as people write it, with exactly one of `CONTENTS`. (A TypedDict is checked in half a model's time.)"""

    custom_id: CustomId | None
    input: Annotated[str, StringConstraints(min_length=1)] | None
    messages: Annotated[tuple[ChatMessage, ...], Field(min_length=1)] | None
    body: dict[str, Any] | None
    params: dict[str, Any] | None
    key: CustomId | None
    request: dict[str, Any] | None
    system: str | None
    model: str | None
    max_tokens: Count | None
    temperature: Annotated[float, Field(ge=0, le=2)] | None
    top_p: Share | None
    stop: str | tuple[str, ...] | None
    seed: Seed | None
    reasoning_effort: str | None
    tools: tuple[dict[str, Any], ...] | None
    tool_choice: str | dict[str, Any] | None
    response_schema: dict[str, Any] | None
    method: Literal["POST"] | None
    url: Literal["/v1/chat/completions", "/v1/responses", "/v1/embeddings"] | None


LINE = TypeAdapter(RequestLine)
FIELDS = frozenset(RequestLine.__annotations__)
