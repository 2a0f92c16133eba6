"""Writing jobs: what trains a session, and what writes a text."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fanfold_client.aio.connection import AsyncConnection
from fanfold_client.aio.downloads import AsyncDownload, link_to, save
from fanfold_client.aio.waiting import until_over
from fanfold_client.answers import WRITTEN
from fanfold_client.calls import segment
from fanfold_client.files import Seen, unseen
from fanfold_client.models import LiveText, WritingJob
from fanfold_client.patience import PollPace

ROOT = "/v1/jobs"


def _path(id: str) -> str:
    return f"{ROOT}/{segment(id)}"


class AsyncWritingJobs:
    """The writing jobs of all sessions. Every call may raise FanfoldError."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, id: str) -> WritingJob:
        """How the job is."""
        return await self._connection.get(WritingJob, _path(id))

    def list(self) -> AsyncIterator[WritingJob]:
        """The jobs of all sessions, newest first."""
        return self._connection.listed(WritingJob, ROOT, "jobs")

    async def cancel(self, id: str) -> WritingJob:
        """End it early."""
        return await self._connection.post(WritingJob, f"{_path(id)}/cancel")

    async def text(self, id: str) -> LiveText:
        """What it has written so far."""
        return await self._connection.get(LiveText, f"{_path(id)}/text")

    async def wait(self, id: str, seen: Callable[[WritingJob], None] = lambda job: None) -> WritingJob:
        """The job when it is over; `seen` is called with each look at it."""
        again, pace = f"client.jobs.wait({id!r})", PollPace(0.3, 5.0)
        return await until_over(lambda: self.get(id), seen, self._connection.pause, WRITTEN, again, pace)

    async def result(self, id: str, format: str | None = None) -> bytes:
        """The whole text, in the form that it was asked for or in another: markdown, html, docx, pdf."""
        pieces = AsyncDownload(self._connection, lambda: self._link(id, format)).pieces()
        return b"".join([piece async for piece in pieces])

    async def download(self, id: str, file: str | Path, format: str | None = None, seen: Seen = unseen) -> None:
        """The whole text into a file."""
        await save(self._connection, lambda: self._link(id, format), file, seen)

    async def _link(self, id: str, format: str | None) -> str:
        return await link_to(self._connection, f"/v1/results/{segment(id)}", format=format)
