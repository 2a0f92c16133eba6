"""Spread: an event becomes a delivery for everybody who wants to be told of it, each once, and the first try is made.

Whoever dies on the way leaves deliveries that are due, and an event that comes again; both do no harm.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

from fanfold.clock import stamp
from fanfold.events import TenantEvent, WebhookTested
from fanfold.notify.backend import NotifyBackend
from fanfold.notify.deliver import deliver
from fanfold.notify.deliveries import HELD
from fanfold.notify.delivery import KeptDelivery
from fanfold.notify.endpoint import CALLBACKS
from fanfold.notify.kinds import EventPayload, read
from fanfold.notify.rounds import DeliveryRound, HasTime, deliver_taken
from fanfold.outbox import Noted


class _Recipient(NamedTuple):
    endpoint: str
    url: str
    fails: bool = False
    """Whether it can't be reached at present: then the first try waits for the next round, and holds up nobody."""


def spread(event: TenantEvent, backend: NotifyBackend, has_time: HasTime) -> DeliveryRound:
    """Tell everybody who wants to be told."""
    message = EventPayload.of(event)
    ours = [added for to in _recipients(event, message, backend) if (added := _added(message, to, backend))]
    backend.events.publish(message.type, message)
    return deliver_taken(ours, backend, has_time)


def spread_due(backend: NotifyBackend, has_time: HasTime) -> DeliveryRound:
    """Tell what lies in the outbox and is due."""
    told = DeliveryRound()
    for noted in backend.outbox.due():
        if has_time() and (done := told.attempt("/".join(noted.key), _spread_noted, noted, backend, has_time)):
            told.add(done)
    return told


def _spread_noted(noted: Noted, backend: NotifyBackend, has_time: HasTime) -> DeliveryRound:
    done = spread(read(noted.name, json.loads(noted.detail)), backend, has_time)
    backend.outbox.told(noted)
    return done


def ping(tenant: str, id: str, request: str, backend: NotifyBackend) -> KeptDelivery:
    """Tell an endpoint that it is tested, whatever else it wants to be told. Raises NotFound."""
    endpoint = backend.endpoints.get(tenant, id)
    tested = WebhookTested(tenant=tenant, at=stamp(backend.clock()), endpoint=id, request=request)
    message = EventPayload.of(tested)
    added = backend.deliveries.add(message, id, endpoint.url, backend.clock() + HELD)
    return deliver(added, backend) if added else backend.deliveries.get(tenant, id, message.id)


def _recipients(event: TenantEvent, message: EventPayload, backend: NotifyBackend) -> Iterator[_Recipient]:
    for endpoint in backend.endpoints.all(message.tenant):
        if endpoint.wants(message):
            yield _Recipient(endpoint.id, endpoint.url, bool(endpoint.failing_since))
    if event.callback:
        yield _Recipient(CALLBACKS, event.callback)


def _added(message: EventPayload, to: _Recipient, backend: NotifyBackend) -> KeptDelivery | None:
    """The new delivery, if it is ours to try at once."""
    now = backend.clock()
    added = backend.deliveries.add(message, to.endpoint, to.url, now if to.fails else now + HELD)
    return None if to.fails else added
