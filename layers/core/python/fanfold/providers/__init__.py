"""Providers of AI models. Each module or package in this package is one, found under its name.

A provider says what it knows; the core does the looping, the retries and the bookkeeping. It is a dialect, a batch API,
a direct API and webhooks: who needs only one of them asks for that.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import ValidationError

from fanfold import plugins
from fanfold.errors import Invalid
from fanfold.problems import flaws
from fanfold.providers._documents import DocumentFiles, Material, documents
from fanfold.providers._shapes import (
    QUOTA,
    BatchLimits,
    Capabilities,
    ChatMessage,
    Draft,
    Fault,
    Finish,
    Outcome,
    Prompt,
    ProviderBatch,
    Status,
    Usage,
    whole,
)

__all__ = [
    "QUOTA",
    "BatchApi",
    "BatchLimits",
    "Capabilities",
    "ChatMessage",
    "ChoosesEndpoint",
    "Completing",
    "Conversing",
    "Dialect",
    "DirectApi",
    "DocumentFiles",
    "Draft",
    "Fault",
    "Finish",
    "Material",
    "Outcome",
    "Prompt",
    "Provider",
    "ProviderBatch",
    "ProviderWebhooks",
    "Providers",
    "Reusing",
    "Status",
    "Usage",
    "conversation",
    "documents",
    "endpoint_of",
    "names",
    "provider",
    "reasons",
    "whole",
    "with_limit",
    "with_options",
]


class Dialect(Protocol):
    """A provider's requests. Nothing in it makes a call, or needs a key."""

    default_model: str
    capabilities: Capabilities

    def knows(self, model: str) -> bool:
        """Whether the name can be one of this provider's models."""

    def body(self, prompt: Prompt) -> dict[str, Any]:
        """The prompt as the provider's own request. Raises Invalid with the field that it has no place for."""

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The JSON Schema that a body asks its output to keep to, if it asks for one."""

    def continued(self, body: dict[str, Any], output: str, said: str) -> dict[str, Any]:
        """The body with the model's output and what is said to that as its next turns."""

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        """The output tokens that a body lets the model have, if it sets a limit."""


@runtime_checkable
class Completing(Protocol):
    """What a dialect may add whose requests are more than their fields."""

    def completed(self, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
        """The body with those of the prompt's options, and its system message, that it has none of its own of."""

    def limited(self, body: dict[str, Any], tokens: int) -> dict[str, Any]:
        """The body with another limit to its output tokens, in place of any that it has."""

    def reasons(self, body: dict[str, Any]) -> bool:
        """Whether the model thinks before it answers, in tokens that count among those of its output."""


@runtime_checkable
class Reusing(Protocol):
    """What a dialect may add whose bodies differ only where their prompts do: most lines of a batch are then quick."""

    def with_input(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        """The body of a prompt, with another text in place of that of its last message."""


@runtime_checkable
class ChoosesEndpoint(Protocol):
    """What a dialect adds whose models may be asked more than conversations."""

    def endpoint(self, body: dict[str, Any]) -> str:
        """Which of its endpoints a body is for."""


@runtime_checkable
class Conversing(Protocol):
    """What a dialect may add whose requests another provider can be given."""

    def conversation(self, body: dict[str, Any]) -> Prompt:
        """The body as a plain prompt; its model is empty if it names none. Raises ValidationError for all else."""


class BatchApi(Protocol):
    """How a provider takes many requests at a time. Calls raise ProviderUnavailable when they may be tried again,
    ProviderRefused when not.
    """

    batch_limits: BatchLimits
    capabilities: Capabilities

    @property
    def account(self) -> str:
        """A digest of the key: whose batches the provider shows us."""

    def reach(self) -> None:
        """Make the cheapest call that there is, which costs nothing, to see whether the provider takes the key."""

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        """One line of the file that a batch is made of, without its line end."""

    def stage(self, file: Path, marker: str) -> str:
        """Upload the file, if the provider makes batches of uploaded files; its id of it, or an empty text."""

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        """Make the batch of the file's lines, carrying our marker where it can; the provider's id of it."""

    def adopt(self, draft: Draft) -> str | None:
        """The batch that an earlier submit of the draft made before it died, if it came so far.

        Clears up what it left if not. Where batches carry no marker it is the likeliest; collect makes sure of it.
        """

    def batch(self, id: str) -> ProviderBatch:
        """How the batch is."""

    def cancel(self, id: str) -> None:
        """Ask the provider to end the batch early; one that has ended stays as it is."""

    def discard(self, id: str) -> None:
        """End the batch if it runs, and delete what the provider keeps of it, as far as it lets us."""

    def outcomes(self, batch: ProviderBatch) -> Iterator[Outcome]:
        """All outcomes of an ended batch: any order, perhaps some twice, perhaps some missing.

        A line that can't be read is a failed outcome that has what came; its id is empty if the line has none.
        """


class DirectApi(Protocol):
    """How a provider answers one request at once."""

    @property
    def account(self) -> str:
        """A digest of the key: whose limits the calls count against."""

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        """Ask one request now and wait up to `timeout` seconds for its answer. It is asked once, never again.

        All calls of a process are made in one event loop. Raises ProviderThrottled, BadReply and ProviderUnavailable
        for what may pass, ProviderRefused for what will not.
        """

    def prepare(self) -> None:
        """Load what the first answer would have to wait for: an SDK's import takes seconds. Raises ProviderRefused."""

    async def close(self) -> None:
        """Let go of the connections that answers came over; the event loop is about to end."""


class ProviderWebhooks(Protocol):
    """How a provider tells that a batch has ended."""

    def heard(self, headers: Mapping[str, str], body: bytes, secret: str) -> str | None:
        """The id of the batch that an event of the provider says has ended; None for any other event.

        Raises Unauthorized if it is not signed with the secret or is stale, Invalid if it then is no event, and
        NotFound without a secret or if the provider has no webhooks that can be verified. It makes no call.
        """


class Provider(Dialect, BatchApi, DirectApi, ProviderWebhooks, Protocol):
    """One provider, whole."""


def with_options(dialect: Dialect, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
    """The body completed with a prompt's options; of a dialect that does not say how, field by field."""
    if isinstance(dialect, Completing):
        return dialect.completed(body, prompt)
    return (dialect.body(prompt) if prompt.messages else {}) | body


def with_limit(dialect: Dialect, body: dict[str, Any], tokens: int) -> dict[str, Any]:
    """The body with another limit to its output tokens. Raises Invalid if the dialect does not say how."""
    if not isinstance(dialect, Completing):
        raise Invalid("the provider's requests can't be given another limit", field="max_tokens")
    return dialect.limited(body, tokens)


def reasons(dialect: Dialect, body: dict[str, Any]) -> bool:
    """Whether the model is known to think before it answers."""
    return isinstance(dialect, Completing) and dialect.reasons(body)


def endpoint_of(dialect: Dialect, body: dict[str, Any]) -> str:
    """Which of the provider's endpoints a body is for."""
    read = getattr(dialect, "endpoint", None)  # a check of the whole Protocol would be felt: it is done for each line
    return str(read(body)) if read else "chat"


def conversation(name: str, body: dict[str, Any]) -> Prompt:
    """A request of that provider as a conversation; its model is empty if it names none.

    Raises Invalid with the field that another provider can't be given.
    """
    dialect = plugins.load(__name__, name)
    if not isinstance(dialect, Conversing):
        raise Invalid(f"no other provider can be given a request of {name}")
    try:
        return dialect.conversation(body)
    except ValidationError as error:
        flaw = flaws(error)[0]
        detail = "another provider can't be given this" if "no such field" in flaw.detail else flaw.detail
        raise Invalid(detail, field=flaw.field) from None


def names() -> tuple[str, ...]:
    """Every provider there is."""
    return plugins.names(__name__)


def provider(name: str, key: Callable[[], str], timeout: float, url: str | None = None) -> Provider:
    """The provider of that name, at `url` or where its SDK looks. Its key is asked for at the first call.

    Raises Invalid.
    """
    try:
        made: Provider = plugins.load(__name__, name)(key, timeout, url)
    except KeyError:
        raise Invalid(f"there is no provider {name!r}; there are: {', '.join(names())}", field="provider") from None
    return made


class Providers(Protocol):
    """Providers by name."""

    def __call__(self, name: str, tenant: str = "") -> Provider:
        """The provider, ready to be called with the tenant's key. Raises Invalid for an unknown name."""
