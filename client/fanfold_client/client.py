"""The client: every route of the service, typed."""

import time
from types import TracebackType
from typing import Self

import httpx

from fanfold_client.account import Account
from fanfold_client.batches import Batches
from fanfold_client.connection import Connection, Pause, dumped
from fanfold_client.forecasts import Forecasts
from fanfold_client.keys import Keys
from fanfold_client.logs import Logs
from fanfold_client.results import Results
from fanfold_client.shapes.answer import Health
from fanfold_client.shapes.costs import Budget
from fanfold_client.shapes.stats import Live, Stats
from fanfold_client.uploads import Uploads
from fanfold_client.writing import Writing


class Fanfold(Batches, Results, Logs):
    """One deployment, as one tenant. Every call may raise FanfoldError; see `fanfold_client.errors`.

    What can't be reached, or is busy, is asked again a few times; repeating is safe in every call.
    """

    def __init__(
        self,
        url: str,
        key: str,
        timeout: float = 30,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Pause = time.sleep,
    ) -> None:
        self._connection = Connection(url, key, timeout, transport, pause)
        self._sent = Uploads(self._connection)
        self.writing = Writing(self._connection)
        """Sessions that learn from documents and write."""
        self.forecasts = Forecasts(self._connection, self._uploads)
        self.keys = Keys(self._connection)
        """API keys of the caller's tenant."""
        self.account = Account(self._connection)
        """What the caller's tenant may use."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def budget(self) -> Budget:
        """What your batches may spend, and have spent."""
        return self._connection.get(Budget, "/v1/budget")

    def set_budget(self, daily_usd: float | None = None, monthly_usd: float | None = None) -> Budget:
        """What your batches may spend from now on; None is without limit."""
        return self._connection.put(Budget, "/v1/budget", dumped({"daily_usd": daily_usd, "monthly_usd": monthly_usd}))

    def stats(self, since: str | None = None, until: str | None = None, by: str | None = None) -> Stats:
        """What the jobs of these days (`2026-11-26`, UTC) came to; the last 30 without. `by` is how to group them."""
        return self._connection.get(Stats, "/v1/stats", since=since, until=until, by=by)

    def live(self) -> Live:
        """What is under way."""
        return self._connection.get(Live, "/v1/stats/live")

    def alive(self) -> Health:
        """Whether the service runs; needs no key."""
        return self._connection.get(Health, "/v1/health")

    def health(self) -> Health:
        """Whether everything that the deployment stands on answers."""
        return self._connection.get(Health, "/v1/health/details")
