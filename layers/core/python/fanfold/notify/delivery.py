"""A delivery: one event on its way to one endpoint, with the log of its tries."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fanfold.notify.kinds import EventKind

MOST_TRIES = 10
MINUTE, HOUR = 60, 3600
PAUSES = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 20 * HOUR, 29 * HOUR)
"""Seconds before each further try: three days together."""
JITTER = 0.1
"""The share of a pause by which it is longer or shorter, so that what failed together does not come together again."""
LEAST_WAIT, MOST_WAIT = MINUTE, HOUR
"""Seconds that a delivery waits, without a try, behind another one that its endpoint did not take."""
KEPT_TRIES = 20
"""Of the log; replays add to it."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    """It is tried, or will be again."""
    DELIVERED = "delivered"
    """The receiver answered 2xx."""
    FAILED = "failed"
    """It is given up; it can be replayed."""


class DeliveryTry(BaseModel):
    """One call."""

    model_config = ConfigDict(frozen=True)

    at: str
    status: int | None = None
    """Of the answer; None if there was none."""
    millis: int
    said: str = ""
    """How the answer begins, or why there was none."""


class Delivery(BaseModel):
    """One event for one endpoint."""

    model_config = ConfigDict(frozen=True)

    endpoint: str
    """Its id; `callbacks` for the callback of a job."""
    event: str
    """The id that the receiver sees as `webhook-id`."""
    type: EventKind
    url: str
    """Where the last try went."""
    state: DeliveryState = DeliveryState.PENDING
    created_at: str
    next_try_at: str | None = None
    tries: tuple[DeliveryTry, ...] = ()
    """The last of them, the oldest first."""


class KeptDelivery(Delivery):
    """The same as the table has it."""

    tenant: str
    body: str
    """What is sent, the same in every try."""
    tried: int = 0
    """Tries since it was made, or last replayed."""
    version: int = 0

    def shown(self) -> Delivery:
        return Delivery.model_validate(self.model_dump(include=set(Delivery.model_fields)))


class DeliveryFilters(BaseModel):
    """The query of a list of deliveries."""

    state: DeliveryState | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class DeliveryPage(BaseModel):
    """Deliveries, newest first; a page may be short and still have a cursor."""

    deliveries: list[Delivery]
    cursor: str | None


def pause_after(tried: int, chance: float) -> float | None:
    """Seconds until the next try; None if there is none any more. `chance` is from 0 to 1."""
    if tried >= MOST_TRIES:
        return None
    return _spread(PAUSES[tried - 1], chance)


def wait_behind(age: timedelta, chance: float) -> float:
    """Seconds until a delivery of this age is looked at again that waits for its endpoint to be back."""
    return _spread(min(max(age.total_seconds() / 2, LEAST_WAIT), MOST_WAIT), chance)


def _spread(seconds: float, chance: float) -> float:
    return seconds * (1 - JITTER + 2 * JITTER * chance)
