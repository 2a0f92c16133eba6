"""Schedules: batches and forecasts that are made again and again."""

from typing import Any
from uuid import uuid4

from fanfold_client.aio.connection import AsyncConnection
from fanfold_client.aio.inputs import AsyncInputs
from fanfold_client.aio.uploads import AsyncUploads
from fanfold_client.calls import given, segment
from fanfold_client.inputs import Source
from fanfold_client.models import Schedule, ScheduleList

ROOT = "/v1/schedules"
AllSchedules = list[Schedule]
TIMING = {"expression", "every", "unit", "timezone", "starts_at", "ends_at"}
"""What says when a schedule is due."""


def _path(id: str) -> str:
    return f"{ROOT}/{segment(id)}"


class AsyncSchedules:
    """The schedules of the caller's tenant. Every call may raise FanfoldError.

    When one is due is said by `expression` (`cron(0 6 ? * MON-FRI *)`, `rate(6 hours)`), or by `every` and `unit`
    (hours, days, weeks, months, quarters); and by `timezone`, `starts_at`, `ends_at`.
    """

    def __init__(self, connection: AsyncConnection, uploads: AsyncUploads) -> None:
        self._connection = connection
        self._inputs = {"batch": AsyncInputs(uploads, "requests"), "forecast": AsyncInputs(uploads, "series")}

    async def batch(
        self, name: str, source: Source = None, idempotency_key: str | None = None, **asked: Any
    ) -> Schedule:
        """A schedule that makes batches: of a source, which is kept with it, or of files under a `prefix`.

        Beside the timing it takes all options of a batch.
        """
        return await self._create("batch", name, source, idempotency_key, asked)

    async def forecast(
        self, name: str, source: Source = None, idempotency_key: str | None = None, **asked: Any
    ) -> Schedule:
        """The same of forecasts."""
        return await self._create("forecast", name, source, idempotency_key, asked)

    async def retrain(self, forecast: str, name: str | None = None, **timing: Any) -> Schedule:
        """Have a forecast made anew, with what was observed since; it has one schedule, which is changed."""
        return await self._connection.post(Schedule, ROOT, given({"name": name, "retrain": forecast, **timing}))

    async def _create(
        self, kind: str, name: str, source: Source, idempotency_key: str | None, asked: dict[str, Any]
    ) -> Schedule:
        timing = {each: asked.pop(each) for each in TIMING & asked.keys()}

        async def post(work: dict[str, Any]) -> Schedule:
            body = given({"name": name, kind: work, **timing})
            return await self._connection.post(Schedule, ROOT, body, idempotency_key or uuid4().hex)

        return await self._inputs[kind].send(source, given(asked), post)

    async def list(self) -> AllSchedules:
        """All of them, by name, with their next runs and how the last one went."""
        return (await self._connection.get(ScheduleList, ROOT)).schedules

    async def get(self, id: str) -> Schedule:
        """One, with its last runs."""
        return await self._connection.get(Schedule, _path(id))

    async def change(self, id: str, **news: Any) -> Schedule:
        """Change when it is due, its `name`, or its work."""
        return await self._connection.patch(Schedule, _path(id), given(news))

    async def pause(self, id: str) -> Schedule:
        """Start nothing until it is resumed."""
        return await self._connection.post(Schedule, f"{_path(id)}/pause")

    async def resume(self, id: str) -> Schedule:
        """Go on; what was due meanwhile is not made up for."""
        return await self._connection.post(Schedule, f"{_path(id)}/resume")

    async def delete(self, id: str) -> Schedule:
        """Start it no more, and forget it; its jobs stay."""
        return await self._connection.delete(Schedule, _path(id))
