"""Deliver: one try to get an event to its receiver, signed, and what comes after it.

Signed as https://www.standardwebhooks.com has it. The id and the body are the same in every try; the time and the
signature are those of the try.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from standardwebhooks import Webhook

from fanfold.clock import stamp
from fanfold.errors import Conflict, NotFound, Superseded
from fanfold.notify.backend import NotifyBackend
from fanfold.notify.delivery import (
    DeliveryFilters,
    DeliveryPage,
    DeliveryState,
    DeliveryTry,
    KeptDelivery,
    pause_after,
)
from fanfold.notify.endpoint import CALLBACKS, WebhookEndpoint
from fanfold.ports import PostResult

AGENT = "Fanfold-Webhooks/1"


class Receiver(NamedTuple):
    """Where a delivery goes, and what it is signed with."""

    url: str
    secrets: list[str]
    endpoint: WebhookEndpoint | None
    """None for the callback of a job."""


def deliver(delivery: KeptDelivery, backend: NotifyBackend) -> KeptDelivery:
    """Try a delivery that was taken. Raises Superseded if that took so long that somebody else did meanwhile."""
    try:
        receiver = _receiver(delivery, backend)
    except NotFound as error:
        return _given_up(delivery, error.detail, backend)
    if receiver.endpoint and (why := receiver.endpoint.disabled_because):
        return _given_up(delivery, why, backend)
    begun = backend.clock()
    posted = backend.poster.post(receiver.url, _headers(delivery, receiver.secrets, begun), delivery.body.encode())
    millis = round((backend.clock() - begun) / timedelta(milliseconds=1))
    done = DeliveryTry(at=stamp(begun), status=posted.status, millis=millis, said=posted.said)
    _noted(delivery, receiver, posted, backend)
    return _settled(delivery, receiver.url, done, backend)


def replay(tenant: str, endpoint: str, event: str, backend: NotifyBackend) -> KeptDelivery:
    """Deliver it once more, now. Raises NotFound, and Conflict while it is being tried."""
    again = backend.deliveries.again(backend.deliveries.get(tenant, endpoint, event))
    if again is None:
        raise Conflict(f"{event} is being delivered at this moment", field="event")
    return deliver(again, backend)


def list_deliveries(tenant: str, endpoint: str, asked: DeliveryFilters, backend: NotifyBackend) -> DeliveryPage:
    """What was delivered to an endpoint, or to callbacks. Raises NotFound."""
    if endpoint != CALLBACKS:
        backend.endpoints.get(tenant, endpoint)
    return backend.deliveries.page(tenant, endpoint, asked)


def _noted(delivery: KeptDelivery, receiver: Receiver, posted: PostResult, backend: NotifyBackend) -> None:
    """Note of the endpoint whether it can be reached, and that it wants nothing more."""
    if receiver.endpoint is None:
        return
    if posted.status == HTTPStatus.GONE:
        backend.endpoints.disable(delivery.tenant, delivery.endpoint, "it answered 410 Gone")
    backend.endpoints.note_failing(delivery.tenant, receiver.endpoint, failing=not _arrived(posted.status))


def _settled(delivery: KeptDelivery, url: str, done: DeliveryTry, backend: NotifyBackend) -> KeptDelivery:
    """Write down a try, and when the next one is if it did not arrive."""
    if _arrived(done.status):
        return _written(delivery, url, done, DeliveryState.DELIVERED, None, backend)
    pause = None if done.status == HTTPStatus.GONE else pause_after(delivery.tried + 1, backend.chance())
    if pause is None:
        return _written(delivery, url, done, DeliveryState.FAILED, None, backend)
    due_at = backend.clock() + timedelta(seconds=pause)
    return _written(delivery, url, done, DeliveryState.PENDING, due_at, backend)


def _given_up(delivery: KeptDelivery, why: str, backend: NotifyBackend) -> KeptDelivery:
    done = DeliveryTry(at=stamp(backend.clock()), millis=0, said=why)
    return _written(delivery, delivery.url, done, DeliveryState.FAILED, None, backend)


def _written(
    delivery: KeptDelivery,
    url: str,
    done: DeliveryTry,
    state: DeliveryState,
    due_at: datetime | None,
    backend: NotifyBackend,
) -> KeptDelivery:
    written = backend.deliveries.settle(delivery, url, done, state, due_at)
    if written is None:
        raise Superseded(f"{delivery.event} was tried by somebody else meanwhile")
    return written


def _arrived(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _receiver(delivery: KeptDelivery, backend: NotifyBackend) -> Receiver:
    """Raises NotFound if the endpoint is gone."""
    secrets = backend.endpoints.secrets(delivery.tenant, delivery.endpoint)
    if delivery.endpoint == CALLBACKS:
        return Receiver(delivery.url, secrets, None)
    endpoint = backend.endpoints.get(delivery.tenant, delivery.endpoint)
    return Receiver(endpoint.url, secrets, endpoint)


def _headers(delivery: KeptDelivery, secrets: list[str], now: datetime) -> Mapping[str, str]:
    signatures = [Webhook(secret).sign(delivery.event, now, delivery.body) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": delivery.event,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
