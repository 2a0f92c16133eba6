"""A provider's event says that a batch has ended; look at its shard now instead of within a minute.

An event is a hint and no more: what is so is asked of the provider, and the poller finds what no event came for.
"""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.poll import look
from fanfold.errors import Invalid, NotFound
from fanfold.providers import ProviderWebhooks

MOST_BYTES = 64 * 1024
"""What an event may hold: they carry ids, no results."""


class ProviderEvent(BaseModel):
    """An event as it came; nothing of it is true before its signature is."""

    model_config = ConfigDict(frozen=True)

    provider: str
    headers: Mapping[str, str] = Field(repr=False)
    body: bytes = Field(repr=False)


class TakenEvent(BaseModel):
    """The batch that has ended, if the event was about that, and whether a shard that waits for it was seen to."""

    batch: str | None = None
    ended: bool = False


def signing_secret(provider: str, secret: Callable[[str], str]) -> str:
    """What the provider signs its events with. Raises NotFound for one that none is set for, whoever that is.

    It is asked before anything of an event is read.
    """
    found = secret(provider)
    if not found:
        raise NotFound(f"this deployment has no webhook secret for {provider[:32]!r}, and hears nothing of it")
    return found


def take_provider_event(
    event: ProviderEvent, secret: str, backend: BatchBackend, report: Callable[[Shard, Exception], None]
) -> TakenEvent:
    """Look at the shard whose batch has ended. What goes wrong in that is reported, and left to the poller.

    Raises NotFound for a provider without events, Unauthorized and Invalid.
    """
    batch = _webhooks(event.provider, backend).heard(event.headers, event.body, secret)
    taken = TakenEvent(batch=batch)
    for shard in backend.shards.open() if batch else ():
        if (shard.provider, shard.batch) == (event.provider, batch):
            try:
                taken.ended = look(shard, backend).state is ShardState.ENDED
            except Exception as error:  # a plug-in may raise anything
                report(shard, error)
    return taken


def _webhooks(name: str, backend: BatchBackend) -> ProviderWebhooks:
    try:
        return backend.provider(name)
    except Invalid as error:
        raise NotFound(error.detail) from None
