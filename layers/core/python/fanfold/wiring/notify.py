"""Webhooks."""

from functools import cache
from random import SystemRandom

from fanfold.aws.events import EventBridge
from fanfold.aws.poster import OutsidePoster
from fanfold.clock import utc_now
from fanfold.notify.backend import NotifyBackend
from fanfold.notify.deliveries import Deliveries
from fanfold.notify.endpoints import WebhookEndpoints
from fanfold.outbox import Outbox
from fanfold.wiring.entrance import audit as audit
from fanfold.wiring.entrance import client, settings, table

TOLD = "fanfold.events"
"""The source of events on the bus as receivers know them; those of our own have another."""


@cache
def notify() -> NotifyBackend:
    hosts = settings().webhook_hosts
    return NotifyBackend(
        endpoints=WebhookEndpoints(table(), utc_now, hosts),
        deliveries=Deliveries(table(), utc_now),
        outbox=Outbox(table(), utc_now),
        poster=OutsidePoster(hosts),
        events=EventBridge(client("events"), settings().event_bus_name, TOLD),
        clock=utc_now,
        chance=SystemRandom().random,
    )
