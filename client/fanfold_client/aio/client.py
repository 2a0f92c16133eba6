"""The client of a deployment."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from fanfold_client.aio.account import (
    AsyncAccount,
    AsyncCatalogue,
    AsyncDeadRequests,
    AsyncDefaults,
    AsyncJobStatistics,
    AsyncKeys,
    AsyncTenantBudget,
)
from fanfold_client.aio.batches import AsyncBatches
from fanfold_client.aio.connection import AsyncConnection, AsyncPause
from fanfold_client.aio.forecasts import AsyncForecasts
from fanfold_client.aio.jobs import AsyncWritingJobs
from fanfold_client.aio.logs import AsyncLogs
from fanfold_client.aio.mapping import AsyncRowMapping
from fanfold_client.aio.schedules import AsyncSchedules
from fanfold_client.aio.sessions import AsyncWritingSessions
from fanfold_client.aio.templates import AsyncTemplates
from fanfold_client.aio.uploads import AsyncUploads
from fanfold_client.models import Health
from fanfold_client.profiles import located

if TYPE_CHECKING:
    import httpx


class AsyncFanfold(AsyncRowMapping):
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
        transport: "httpx.AsyncBaseTransport | None" = None,
        pause: AsyncPause = asyncio.sleep,
    ) -> None:
        there = located(url, key, profile, environ)
        self._connection = AsyncConnection(*there, timeout, transport, pause)
        uploads = AsyncUploads(self._connection)
        self.batches = AsyncBatches(self._connection, uploads)
        self.forecasts = AsyncForecasts(self._connection, uploads)
        self.schedules = AsyncSchedules(self._connection, uploads)
        self.templates = AsyncTemplates(self._connection)
        self.sessions = AsyncWritingSessions(self._connection)
        self.jobs = AsyncWritingJobs(self._connection)
        self.logs = AsyncLogs(self._connection)
        self.account = AsyncAccount(self._connection)
        self.keys = AsyncKeys(self._connection)
        self.stats = AsyncJobStatistics(self._connection)
        self.budget = AsyncTenantBudget(self._connection)
        self.defaults = AsyncDefaults(self._connection)
        self.providers = AsyncCatalogue(self._connection)
        self.dead_letters = AsyncDeadRequests(self._connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End its connections."""
        await self._connection.close()

    async def alive(self) -> Health:
        """Whether the service runs; needs no key."""
        return await self._connection.get(Health, "/v1/health")

    async def health(self) -> Health:
        """Whether everything that the deployment stands on answers."""
        return await self._connection.get(Health, "/v1/health/details")
