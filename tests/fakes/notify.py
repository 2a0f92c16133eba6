"""Webhooks on fakes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fanfold.clock import stamp
from fanfold.jobs.events import JobEnded
from fanfold.notify.backend import NotifyBackend
from fanfold.notify.deliveries import Deliveries
from fanfold.notify.delivery import DeliveryFilters, KeptDelivery
from fanfold.notify.endpoint import CreateEndpoint, IssuedEndpoint
from fanfold.notify.endpoints import WebhookEndpoints
from fanfold.notify.rounds import DeliveryRound, deliver_due
from fanfold.notify.spread import spread
from fanfold.outbox import Outbox
from tests.fakes.events import MemoryEvents
from tests.fakes.poster import MemoryPoster
from tests.fakes.table import MemoryTable

URL = "https://hooks.example.com/fanfold"


@dataclass
class FakeNotify:
    """Everything behind webhooks, in memory. `now` moves only when it is told to."""

    table: Any = field(default_factory=MemoryTable)
    poster: MemoryPoster = field(default_factory=MemoryPoster)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    now: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    chance: float = 0.5
    at_a_time: int = 1
    through: Callable[[Any], Any] = lambda port: port
    """What every port is reached through."""

    @property
    def backend(self) -> NotifyBackend:
        table = self.through(self.table)
        return NotifyBackend(
            endpoints=WebhookEndpoints(table, lambda: self.now, ()),
            deliveries=Deliveries(table, lambda: self.now),
            outbox=Outbox(table, lambda: self.now),
            poster=self.through(self.poster),
            events=self.through(self.events),
            clock=lambda: self.now,
            chance=lambda: self.chance,
            at_a_time=self.at_a_time,
        )

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def endpoint(self, url: str = URL, tenant: str = "acme", **wanted: Any) -> IssuedEndpoint:
        return self.backend.endpoints.create(tenant, CreateEndpoint.model_validate({"url": url, **wanted}))

    def tell(self, event: JobEnded) -> DeliveryRound:
        return spread(event, self.backend, lambda: True)

    def tick(self) -> DeliveryRound:
        return deliver_due(self.backend, lambda: True)

    def deliveries(self, endpoint: str, tenant: str = "acme") -> list[Any]:
        return self.backend.deliveries.page(tenant, endpoint, DeliveryFilters()).deliveries

    def only(self, endpoint: str, tenant: str = "acme") -> KeptDelivery:
        """The one delivery to an endpoint."""
        (found,) = self.deliveries(endpoint, tenant)
        return self.backend.deliveries.get(tenant, endpoint, found.event)

    def ended(self, job: str = "b1", **given: Any) -> JobEnded:
        said = {"tenant": "acme", "job": job, "kind": "batch", "state": "completed", "round": 1, "run": 1}
        return JobEnded.model_validate(said | {"at": stamp(self.now)} | given)
