"""Batches: requests in, every answer or its error out."""

import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Unpack
from uuid import uuid4

from fanfold_client.aio.connection import AsyncConnection
from fanfold_client.aio.downloads import AsyncDownload, link_to, save
from fanfold_client.aio.inputs import AsyncInputs
from fanfold_client.aio.uploads import AsyncUploads
from fanfold_client.aio.waiting import until_over
from fanfold_client.answers import OVER
from fanfold_client.calls import given, segment
from fanfold_client.errors import Refused, TooLarge
from fanfold_client.estimates import FileEstimate
from fanfold_client.files import Seen, unseen
from fanfold_client.inputs import Source
from fanfold_client.models import (
    Batch,
    BatchReceipt,
    ErrorReport,
    JobTotals,
    Pilot,
    Request,
    RequestRow,
    ResponseRow,
)
from fanfold_client.models.options import BatchOptions
from fanfold_client.patience import PollPace
from fanfold_client.results import Results, Row

ROOT = "/v1/batches"


def _path(id: str) -> str:
    return f"{ROOT}/{segment(id)}"


class AsyncBatches:
    """A deployment's batches, as one tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: AsyncConnection, uploads: AsyncUploads) -> None:
        self._connection = connection
        self._inputs = AsyncInputs(uploads, "requests")

    async def create(
        self,
        source: Source = None,
        idempotency_key: str | None = None,
        *,
        draft: bool = False,
        filename: str | None = None,
        remember: str | Path | None = None,
        seen: Seen = unseen,
        **options: Unpack[BatchOptions],
    ) -> BatchReceipt:
        """A batch of these requests, or of a file's lines; the options are those of `POST /v1/batches`.

        A file is JSONL or CSV by the ending of its name, or of `filename`. Requests that are too many for one body
        go by upload, too. With `remember`, a folder, the same file with the same options is the same batch: a call
        that broke can be repeated, by another process too, and does not send again what is there. `seen` is told of
        the bytes. A draft may have no requests yet.
        """
        asked = given(options) | ({"draft": True} if draft else {})
        content = self._inputs.digest(source, asked) if remember or idempotency_key else ""
        key = idempotency_key or content or uuid4().hex
        return await self._inputs.send(
            source,
            asked,
            lambda body: self._connection.post(BatchReceipt, ROOT, body, key),
            known=content and content + key,
            filename=filename,
            remember=remember,
            seen=seen,
        )

    async def add(
        self,
        id: str,
        source: Source,
        *,
        filename: str | None = None,
        remember: str | Path | None = None,
        seen: Seen = unseen,
    ) -> Batch:
        """Add requests or a file's lines to a draft. The same twice are there once."""
        return await self._inputs.send(
            source,
            {},
            lambda body: self._connection.post(Batch, f"{_path(id)}/requests", body),
            known=self._inputs.digest(source, {"batch": id}) if remember else "",
            filename=filename,
            remember=remember,
            seen=seen,
        )

    async def estimate(
        self,
        source: Source,
        *,
        filename: str | None = None,
        keep: bool = False,
        seen: Seen = unseen,
        **options: Unpack[BatchOptions],
    ) -> FileEstimate:
        """What a batch of these requests, or of a file's lines, would cost.

        A file that is too large to be looked at in one call is planned as a draft, as any is with `keep`.
        """
        asked = given(options)
        return await self._inputs.send(
            source,
            asked,
            lambda body: self._look_at(body, keep),
            known=self._inputs.digest(source, asked),
            filename=filename,
            seen=seen,
        )

    async def get(self, id: str) -> Batch:
        """How the batch is."""
        return await self._connection.get(Batch, _path(id))

    def list(
        self,
        state: str | None = None,
        *,
        tag: str | None = None,
        name: str | None = None,
        has_failures: bool | None = None,
    ) -> AsyncIterator[Batch]:
        """All batches, newest first: those in a state (or several, with commas between), with a tag, whose name holds
        `name`, or that have failures, if that is asked."""
        wanted = {"state": state, "tag": tag, "name": name, "has_failures": has_failures}
        return self._connection.listed(Batch, ROOT, "batches", **wanted)

    async def counts(self) -> JobTotals:
        """How many batches are in which state."""
        return await self._connection.get(JobTotals, f"{ROOT}/counts")

    async def wait(
        self, id: str, seen: Callable[[Batch], None] = lambda batch: None, *, over: Collection[str] = OVER
    ) -> Batch:
        """The batch when it is over; `seen` is called with each look at it. Drafts and paused ones are waited for."""
        again = f"client.batches.wait({id!r})"
        return await until_over(lambda: self.get(id), seen, self._connection.pause, over, again, PollPace())

    async def process(self, id: str) -> Batch:
        """Start a draft."""
        return await self._steer(id, "process")

    async def cancel(self, id: str) -> Batch:
        """End it early; what has an answer keeps it."""
        return await self._steer(id, "cancel")

    async def pause(self, id: str) -> Batch:
        """Submit nothing more; what is at the provider goes on there."""
        return await self._steer(id, "pause")

    async def resume(self, id: str) -> Batch:
        """Go on where it was paused."""
        return await self._steer(id, "resume")

    async def retry(self, id: str, what: Sequence[str] = (), max_tokens: int | None = None) -> Batch:
        """Try again what failed, expired or was cancelled, and only that.

        `what` may name other requests: `failed`, and those whose answers are `truncated`, `empty` or `filtered`.
        They keep their limits of output tokens, or get `max_tokens`.
        """
        asked = given({"what": [*what] or None, "max_tokens": max_tokens})
        return await self._steer(id, "retry", asked or None)

    async def pilot(self, id: str) -> Pilot:
        """What a pilot (a batch with `sample`) has found: prompts, answers, and the cost of the whole file by them."""
        return await self._connection.get(Pilot, f"{_path(id)}/pilot")

    async def go(self, id: str, **options: Unpack[BatchOptions]) -> BatchReceipt:
        """The batch of a pilot's whole file, with its options and these; answers of the sample are not asked again."""
        return await self._connection.post(BatchReceipt, f"{_path(id)}/go", given(options))

    async def edit(self, id: str, **news: Unpack[BatchOptions]) -> Batch:
        """Change name, description, metadata or tags; in a draft the options too. None takes a value away."""
        return await self._connection.patch(Batch, _path(id), news)

    async def delete(self, id: str) -> Batch:
        """Forget it: at once here, then everything of it in the deployment and at its provider."""
        return await self._connection.delete(Batch, _path(id))

    async def request(self, id: str, custom_id: str) -> Request:
        """One request of the batch with its result."""
        return await self._connection.get(Request, f"{_path(id)}/requests/{segment(custom_id)}")

    def requests(self, id: str, status: str | None = None, search: str | None = None) -> AsyncIterator[RequestRow]:
        """The requests and what became of each; `search` is a part of the custom_id."""
        path = f"{_path(id)}/requests"
        return self._connection.listed(RequestRow, path, "requests", status=status, search=search)

    def responses(self, id: str, status: str | None = None, search: str | None = None) -> AsyncIterator[ResponseRow]:
        """The settled requests with their answers."""
        path = f"{_path(id)}/responses"
        return self._connection.listed(ResponseRow, path, "responses", status=status, search=search)

    async def errors(self, id: str) -> ErrorReport:
        """What went wrong, by kind."""
        return await self._connection.get(ErrorReport, f"{_path(id)}/errors")

    async def results(self, id: str) -> Results:
        """All results, in the order of the input."""
        return Results([row async for row in self.iter_results(id)])

    async def iter_results(self, id: str) -> AsyncIterator[Row]:
        """The results, in the order of the input, as they are read."""
        async for row in self._lines(id, "results"):
            yield row

    async def rejected(self, id: str) -> AsyncIterator[Row]:
        """The lines that were not taken, and why."""
        async for row in self._lines(id, "rejected"):
            yield row

    def pieces(self, id: str, format: str = "jsonl") -> AsyncIterator[bytes]:
        """The results as bytes, in the form asked for: jsonl, csv or parquet."""
        path = f"{_path(id)}/results"
        return AsyncDownload(self._connection, lambda: link_to(self._connection, path, format=format)).pieces()

    async def download(self, id: str, file: str | Path, format: str = "jsonl", seen: Seen = unseen) -> None:
        """The results into a file. One that broke, in this process or an earlier one, goes on where it stopped."""
        path = f"{_path(id)}/results"
        await save(self._connection, lambda: link_to(self._connection, path, format=format), file, seen)

    async def _lines(self, id: str, what: str) -> AsyncIterator[Row]:
        path = f"{_path(id)}/{what}"
        async for line in AsyncDownload(self._connection, lambda: link_to(self._connection, path)).lines():
            yield json.loads(line)

    async def _look_at(self, body: dict[str, Any], keep: bool) -> FileEstimate:
        if not keep:
            try:
                return await self._connection.post(FileEstimate, f"{ROOT}/estimate", body)
            except TooLarge:
                if "upload" not in body:
                    raise
        made = await self._connection.post(BatchReceipt, ROOT, body | {"dry_run": True}, uuid4().hex)
        batch = await self.wait(made.id, over=OVER | {"draft"})
        if batch.estimate is None:
            raise Refused({"title": "Not estimated", "detail": batch.error or f"{batch.id} is {batch.state}"})
        return FileEstimate.model_validate(batch.model_dump())

    async def _steer(self, id: str, verb: str, body: Any = None) -> Batch:
        return await self._connection.post(Batch, f"{_path(id)}/{verb}", body)
