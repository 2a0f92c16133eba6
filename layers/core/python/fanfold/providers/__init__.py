"""Providers of AI models. Each module in this package is one, found under its file's name.

A provider says what it knows (`Provider`); the core does the looping, the retries and the bookkeeping.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from fanfold import plugins
from fanfold.errors import Invalid


class BatchLimits(NamedTuple):
    """What one batch of a provider may hold."""

    requests: int
    bytes: int


class Message(BaseModel):
    """One turn of a conversation; `content` is text, or parts as the provider takes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    content: str | list[dict[str, Any]]


class Prompt(BaseModel):
    """What a request asks, before it has a provider's shape."""

    model_config = ConfigDict(frozen=True)

    model: str
    messages: tuple[Message, ...]
    max_tokens: int | None = None
    temperature: float | None = None


class Usage(BaseModel):
    """Tokens of one request; the cached and reasoning ones are part of the input and output ones."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class Status(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Fault(BaseModel):
    """Why a request has no answer. `kind` is ours and the same for all providers; `code` is the provider's."""

    model_config = ConfigDict(frozen=True)

    kind: str
    message: str
    code: str | None = None


class Outcome(BaseModel):
    """What became of one request at the provider; `id` is the one we gave it."""

    model_config = ConfigDict(frozen=True)

    id: str
    status: Status
    output: str | None = None
    finish_reason: str | None = None
    usage: Usage = Usage()
    response: dict[str, Any] | None = None
    error: Fault | None = None


class Batch(BaseModel):
    """A batch as the provider reports it. `failure` is set if it turned the whole batch down."""

    model_config = ConfigDict(frozen=True)

    id: str
    ended: bool
    done: int = 0
    failure: str | None = None
    files: tuple[str, ...] = ()
    """Where its outcomes are, in the provider's terms."""


class Provider(Protocol):
    """One provider. Calls raise ProviderUnavailable when they may be tried again, ProviderRefused when not."""

    batch_limits: BatchLimits
    default_model: str

    def knows(self, model: str) -> bool:
        """Whether the name can be one of this provider's models."""

    def body(self, prompt: Prompt) -> dict[str, Any]:
        """The prompt as the provider's own request."""

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        """One line of the file that a batch is made of, without its line end."""

    def stage(self, file: Path, marker: str) -> str:
        """Upload the file, if the provider makes batches of uploaded files; its id of it, or an empty text."""

    def create(self, file: Path, staged: str, marker: str) -> str:
        """Make the batch of the file's lines, carrying our marker; the provider's id of it."""

    def adopt(self, marker: str, since: datetime) -> str | None:
        """The batch that a submit of ours made before it died, if it came so far; clears up what it left if not."""

    def batch(self, id: str) -> Batch:
        """How the batch is."""

    def outcomes(self, batch: Batch) -> Iterator[Outcome]:
        """All outcomes of an ended batch: any order, perhaps some twice, perhaps some missing."""


def names() -> tuple[str, ...]:
    """Every provider there is."""
    return plugins.names(__name__)


def provider(name: str, key: Callable[[], str], timeout: float) -> Provider:
    """The provider of that name. Its key is asked for at the first call. Raises Invalid."""
    try:
        made: Provider = plugins.load(__name__, name)(key, timeout)
    except KeyError:
        raise Invalid(f"there is no provider {name!r}; there are: {', '.join(names())}", field="provider") from None
    return made
