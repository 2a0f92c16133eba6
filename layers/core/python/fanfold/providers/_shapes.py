"""What Fanfold and a provider tell each other, the same for all: prompts, batches, and what became of requests."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Literal, NamedTuple, NotRequired, Self

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from fanfold.errors import ProviderRefused, ProviderUnavailable

QUOTA = "provider_quota"
"""The kind of fault of what an account that is used up turns down."""


class BatchLimits(NamedTuple):
    """What one batch of a provider may hold."""

    requests: int
    bytes: int
    enqueued_tokens: int | None = None
    """Input tokens of one model that may wait at a time, where a provider limits them: a larger batch never runs."""


class Capabilities(NamedTuple):
    """What a provider can do, beyond taking a prompt."""

    lanes: tuple[str, ...] = ("batch",)
    """The ways that requests can go; `realtime` needs `answer`."""
    structured_output: bool = True
    """Whether it holds an output to a JSON Schema."""
    documents: bool = False
    """Whether a message's parts may be documents, such as PDFs."""
    marked_batches: bool = True
    """Whether a batch carries our marker; if not, submits under one account go one after the other."""
    endpoints: tuple[str, ...] = ("chat",)
    """What its models may be asked: conversations, and what else it has."""
    files: bool = False
    """Whether it keeps documents as files of its own: it then answers `_documents.Documents` as well."""


@with_config(ConfigDict(extra="forbid"))
class ChatMessage(TypedDict):
    """One turn of a conversation; `content` is text, or parts as in `_parts`, or as the provider takes them."""

    role: str
    content: NotRequired[str | list[dict[str, Any]] | None]
    tool_calls: NotRequired[list[dict[str, Any]] | None]
    """The tools that an assistant's turn calls, as OpenAI writes it."""
    tool_call_id: NotRequired[str | None]
    """The call that a turn of the role `tool` is the result of."""
    name: NotRequired[str | None]


class Prompt(NamedTuple):
    """What a request asks, before it has a provider's shape."""

    model: str
    messages: tuple[ChatMessage, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    response_schema: dict[str, Any] | None = None
    """A JSON Schema that the output has to keep to."""
    top_p: float | None = None
    stop: str | tuple[str, ...] | None = None
    """What ends the output where it would begin."""
    seed: int | None = None
    reasoning_effort: str | None = None
    """How long the model thinks: `minimal`, `low`, `medium`, `high`, as far as it has them."""
    tools: tuple[dict[str, Any], ...] | None = None
    """Functions that the model may call, as OpenAI writes them."""
    tool_choice: str | dict[str, Any] | None = None
    endpoint: str = "chat"
    """What is asked, of the provider's `endpoints`."""

    @property
    def stops(self) -> list[str]:
        """What ends the output, as a list."""
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or ())


class Usage(BaseModel):
    """Tokens of one request; the cached, written and reasoning ones are part of the input and output ones."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    written_tokens: int = Field(default=0, exclude_if=lambda tokens: not tokens)
    """Input that was put into the provider's cache, where that has a price of its own."""
    long_written_tokens: int = Field(default=0, exclude_if=lambda tokens: not tokens)
    """Those of them that are kept there for an hour."""
    uncounted: int = Field(default=0, exclude_if=lambda answers: not answers)
    """Answers that are paid for and whose tokens the provider did not say."""


class Finish(StrEnum):
    """Why an answer ends where it ends, the same for all providers."""

    STOP = "stop"
    LENGTH = "length"
    REFUSAL = "refusal"
    TOOL = "tool"
    OTHER = "other"


class Status(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Fault(BaseModel):
    """Why a request has no answer. `kind` is ours and the same for all providers; the rest is the provider's."""

    model_config = ConfigDict(frozen=True)

    kind: str
    message: str
    code: str | None = Field(default=None, exclude_if=lambda code: code is None)
    """The provider's code for it, or its type."""
    status: int | None = Field(default=None, exclude_if=lambda status: status is None)
    """The HTTP status of the reply."""
    received: str | None = Field(default=None, exclude_if=lambda received: received is None)
    """The first 1,024 characters of a reply that is not as the provider documents it."""

    @classmethod
    def of(cls, error: ProviderRefused | ProviderUnavailable) -> Self:
        """Why a request has no answer whose last call raised this."""
        came = {"status": error.status, "received": error.received}
        return cls(kind=error.kind, code=error.code, message=str(error), **came)


class Outcome(BaseModel):
    """What became of one request at the provider; `id` is the one we gave it."""

    model_config = ConfigDict(frozen=True)

    id: str
    status: Status
    output: str | None = None
    finish_reason: Finish | None = None
    provider_reason: str | None = None
    """The same in the provider's own word."""
    usage: Usage = Usage()
    response: dict[str, Any] | None = None
    seconds: float | None = None
    """How long the call took, where it was a call of its own."""
    tries: int = 1
    """Calls that it took."""
    error: Fault | None = None
    answered_by: str | None = None
    """`provider/model` of whoever answered, if that is not who was asked first."""
    lane: Literal["batch", "realtime"] | None = None
    """The lane that it came in, if that is not the one that its request is in now."""
    repaired: bool | None = None
    """Whether it was asked again for an output that keeps to its schema."""
    collapsed: bool | None = None
    """Whether it was asked for another request that says the same."""
    cached: bool | None = None
    """Whether it was asked for another batch."""
    unrepaired: bool | None = None
    """Whether that is still to come."""


class ProviderBatch(BaseModel):
    """A batch as the provider reports it. `failure` is set if it turned the whole batch down."""

    model_config = ConfigDict(frozen=True)

    id: str
    ended: bool
    done: int = 0
    failure: str | None = None
    files: tuple[str, ...] = ()
    """Where its outcomes are, in the provider's terms."""
    over_tokens: bool = False
    """Whether that was because too many tokens were enqueued; `token_limit` is how many are taken, if it says so."""
    token_limit: int | None = None
    validating: bool = False
    """Whether the provider still looks through it."""
    rest: Status = Status.FAILED
    """What became of those requests that have no outcome."""


class Draft(NamedTuple):
    """A shard on its way to be a batch."""

    marker: str
    model: str
    requests: int
    since: datetime
    """Nothing of it at the provider is older."""
    tries: tuple[tuple[datetime, datetime], ...] = ()
    """From when to when each earlier create of it can have taken effect."""
    known: Callable[[str], bool] = lambda id: False
    """Whether a batch of the account is accounted for."""


def whole(value: object) -> int | None:
    """A number of tokens that a body names; None for what is none."""
    return value if isinstance(value, int) and value > 0 else None


def digest(key: str) -> str:
    """A name for a key that does not give it away."""
    return sha256(key.encode()).hexdigest()[:16]


def without(key: str, text: object) -> str:
    """What a provider said, without the key that it may have quoted."""
    return str(text).replace(key, "…") if key else str(text)
