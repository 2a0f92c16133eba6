"""What stands behind webhooks; `fanfold.wiring` makes the real one, the tests one of fakes."""

from collections.abc import Callable
from dataclasses import dataclass

from fanfold.clock import Clock
from fanfold.notify.deliveries import Deliveries
from fanfold.notify.endpoints import WebhookEndpoints
from fanfold.outbox import Outbox
from fanfold.ports import Events, Poster


@dataclass(frozen=True)
class NotifyBackend:
    """Ports and stores, as the use cases of `notify` take them."""

    endpoints: WebhookEndpoints
    deliveries: Deliveries
    outbox: Outbox
    poster: Poster
    events: Events
    """Where events are told to the operator's own rules."""
    clock: Clock
    chance: Callable[[], float]
    """From 0 to 1, by which tries are spread."""
    at_a_time: int = 16
    """Tries that are made side by side."""
