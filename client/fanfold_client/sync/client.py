# Made by `make client` of aio/client.py: do not edit.
"""The client of a deployment."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from fanfold_client.models import Health
from fanfold_client.profiles import located
from fanfold_client.sync.account import (
    Account,
    Catalogue,
    DeadRequests,
    Defaults,
    JobStatistics,
    Keys,
    TenantBudget,
)
from fanfold_client.sync.batches import Batches
from fanfold_client.sync.connection import Connection, Pause
from fanfold_client.sync.forecasts import Forecasts
from fanfold_client.sync.jobs import WritingJobs
from fanfold_client.sync.logs import Logs
from fanfold_client.sync.mapping import RowMapping
from fanfold_client.sync.schedules import Schedules
from fanfold_client.sync.sessions import WritingSessions
from fanfold_client.sync.templates import Templates
from fanfold_client.sync.uploads import Uploads

if TYPE_CHECKING:
    import httpx


class Fanfold(RowMapping):
    """One deployment, as one tenant. Every call may raise FanfoldError; see `fanfold_client.errors`.

    Without arguments it is the profile of `fanfold login`, or what FANFOLD_URL and FANFOLD_KEY say. What can't be
    reached, or is busy, is asked again a few times; repeating is safe in every call.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        timeout: float = 30,
        *,
        profile: str | None = None,
        environ: Mapping[str, str] | None = None,
        transport: "httpx.BaseTransport | None" = None,
        pause: Pause = time.sleep,
    ) -> None:
        there = located(url, key, profile, environ)
        self._connection = Connection(*there, timeout, transport, pause)
        uploads = Uploads(self._connection)
        self.batches = Batches(self._connection, uploads)
        self.forecasts = Forecasts(self._connection, uploads)
        self.schedules = Schedules(self._connection, uploads)
        self.templates = Templates(self._connection)
        self.sessions = WritingSessions(self._connection)
        self.jobs = WritingJobs(self._connection)
        self.logs = Logs(self._connection)
        self.account = Account(self._connection)
        self.keys = Keys(self._connection)
        self.stats = JobStatistics(self._connection)
        self.budget = TenantBudget(self._connection)
        self.defaults = Defaults(self._connection)
        self.providers = Catalogue(self._connection)
        self.dead_letters = DeadRequests(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End its connections."""
        self._connection.close()

    def alive(self) -> Health:
        """Whether the service runs; needs no key."""
        return self._connection.get(Health, "/v1/health")

    def health(self) -> Health:
        """Whether everything that the deployment stands on answers."""
        return self._connection.get(Health, "/v1/health/details")
