"""Listing: a batch's requests page by page, with what became of each.

A page is read chunk by chunk from a place on: settled chunks from their results, the others from the requests
themselves. What one call may read is limited; a page then ends early, with the cursor of where to go on.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fanfold import cursors
from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.errors import Conflict, Invalid
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.job import Counts, JobRef
from fanfold.providers import Fault, Status, Usage

MEBI = 1024 * 1024
PAGE_BYTES = 2 * MEBI
"""What a page may hold; an answer of Lambda's ends at 6 MB, and is escaped once more on its way."""
READ_BYTES = 32 * MEBI
"""What one call may read before its page ends."""
READS = 40
"""Objects that one call may read before its page ends."""
RANGE = MEBI
"""What is read of a results object at once."""
CHUNKS = 400
"""Chunks whose state one call looks at."""
HEAD = re.compile(rb'\{"custom_id":("(?:[^"\\]|\\.)*"),"line":(\d+),')
Standing = Literal["pending", "succeeded", "failed", "expired", "cancelled"]
PENDING: Final = "pending"


class Listing(BaseModel):
    """The query of a listing; `search` is part of the custom_id."""

    model_config = ConfigDict(frozen=True)

    status: Standing | None = None
    search: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class RequestRow(BaseModel):
    """A request and what became of it."""

    custom_id: str
    line: int
    status: Standing
    error: Fault | None = None


class ResponseRow(RequestRow):
    """A settled request with its answer. An output too large for a page is `omitted`, and in the results only."""

    output: str | None = None
    finish_reason: str | None = None
    usage: Usage
    omitted: str | None = None


class RequestPage(BaseModel):
    requests: list[RequestRow]
    cursor: str | None
    """Where to go on; None at the end. A page may be short, even empty, and have one."""


class ResponsePage(BaseModel):
    responses: list[ResponseRow]
    cursor: str | None


R = TypeVar("R", bound=RequestRow)


class RequestPlace(NamedTuple):
    """A place between requests: before the one at `position` of `chunk`."""

    chunk: int
    position: int


def list_requests(ref: JobRef, asked: Listing, backend: BatchBackend) -> RequestPage:
    """A page of the batch's requests, by chunk. Raises NotFound, Conflict before planning, Invalid for the cursor."""
    rows, cursor = _page(ref, asked, backend, RequestRow)
    return RequestPage(requests=rows, cursor=cursor)


def list_responses(ref: JobRef, asked: Listing, backend: BatchBackend) -> ResponsePage:
    """A page of the batch's settled requests with their answers. Raises as `list_requests`."""
    rows, cursor = _page(ref, asked, backend, ResponseRow)
    return ResponsePage(responses=[_bounded(row) for row in rows], cursor=cursor)


def _page(ref: JobRef, asked: Listing, backend: BatchBackend, row: type[R]) -> tuple[list[R], str | None]:
    job = backend.jobs.get(ref)
    if not job.chunks:
        raise Conflict(f"batch {job.id} is {job.state}: its requests are not known yet", field="id")
    rows: list[R] = []
    reader = _Reader(job, asked, backend, row)
    for behind, found in reader.rows(_place(job, asked.cursor)):
        rows += [found] if found else []
        if found is None or len(rows) == asked.limit or reader.taken >= PAGE_BYTES:
            return rows, _cursor(job, behind)
    return rows, None


class _Reader(Generic[R]):
    """Rows of a job that are wanted, from a place on, each with the place behind it.

    A place without a row ends what one call may read.
    """

    def __init__(self, job: BatchJob, asked: Listing, backend: BatchBackend, row: type[R]) -> None:
        self._job, self._asked, self._backend, self._row = job, asked, backend, row
        self._read = self._reads = 0
        self.taken = 0
        """Bytes that went into rows."""

    def rows(self, start: RequestPlace) -> Iterator[tuple[RequestPlace, R | None]]:
        settled, unknown = self._backend.chunks.window(self._job.ref, start.chunk, CHUNKS)
        end = unknown or self._job.chunks
        for chunk in range(start.chunk, end):
            first = start.position if chunk == start.chunk else 0
            if self._read >= READ_BYTES or self._reads >= READS:
                yield RequestPlace(chunk, first), None
                return
            for position, last, row in self._chunk(chunk, settled.get(chunk), first):
                yield RequestPlace(chunk + 1, 0) if last else RequestPlace(chunk, position + 1), row
        if end < self._job.chunks:
            yield RequestPlace(end, 0), None

    def _chunk(self, chunk: int, settled: ChunkResult | None, first: int) -> Iterator[tuple[int, bool, R]]:
        """The chunk's rows: position, whether it is the chunk's last, row."""
        if settled is None:
            if self._asked.status in (None, PENDING) and self._row is not ResponseRow:
                yield from self._pending(chunk, first)
        elif _may_hold(settled.counts, self._asked.status):
            yield from self._settled(chunk, settled, first)

    def _pending(self, chunk: int, first: int) -> Iterator[tuple[int, bool, R]]:
        found = self._requests(chunk)
        for position, custom_id, line in found:
            if position >= first and self._sought(custom_id):
                row = self._row(custom_id=custom_id, line=line, status=PENDING)
                yield position, position == len(found) - 1, row

    def _settled(self, chunk: int, settled: ChunkResult, first: int) -> Iterator[tuple[int, bool, R]]:
        count = settled.counts.succeeded + settled.counts.failed
        positions = [position for position in self._positions(chunk, count) if position >= first]
        for position, line in self._lines(settled, positions):
            row = self._row.model_validate_json(line)
            if self._asked.status in (None, row.status):
                self.taken += len(line) if self._row is ResponseRow else 0
                yield position, position == count - 1, row

    def _positions(self, chunk: int, count: int) -> Iterable[int]:
        """Where in a settled chunk to look: everywhere, or where the requests have what is searched for."""
        if self._asked.search is None:
            return range(count)
        return [position for position, custom_id, _ in self._requests(chunk) if self._sought(custom_id)]

    def _lines(self, settled: ChunkResult, positions: list[int]) -> Iterator[tuple[int, bytes]]:
        """Result lines, a range of the object at a time."""
        for group in _ranges(settled, positions):
            start, end = settled.span(group[0])[0], sum(settled.span(group[-1]))
            body = self._got(self._backend.blobs.get_range(settled.results, start, end - start))
            for position in group:
                offset, length = settled.span(position)
                yield position, body[offset - start : offset - start + length]

    def _requests(self, chunk: int) -> list[tuple[int, str, int]]:
        """Position, custom_id and line of the chunk's requests; none if it can't hold what is searched for."""
        body = self._got(self._backend.blobs.get(self._job.ref.chunk_key(chunk)))
        if self._asked.search and _inside(self._asked.search) not in body:
            return []
        return [(position, *_head(line)) for position, line in enumerate(body.splitlines())]

    def _sought(self, custom_id: str) -> bool:
        return self._asked.search is None or self._asked.search in custom_id

    def _got(self, body: bytes) -> bytes:
        self._read += len(body)
        self._reads += 1
        return body


def _may_hold(counts: Counts, status: str | None) -> bool:
    if status is None:
        return True
    return bool(counts.succeeded) if status == Status.SUCCEEDED else bool(counts.failed) and status != PENDING


def _ranges(settled: ChunkResult, positions: list[int]) -> Iterator[list[int]]:
    """Positions that are read at once: as many as lie within a range, one at least."""
    group: list[int] = []
    for position in positions:
        if group and sum(settled.span(position)) - settled.span(group[0])[0] > RANGE:
            yield group
            group = []
        group.append(position)
    if group:
        yield group


def _inside(search: str) -> bytes:
    """The text as it stands inside of a stored line."""
    return json.dumps(search, ensure_ascii=False)[1:-1].encode()


def _head(line: bytes) -> tuple[str, int]:
    """custom_id and line of a stored request, without a look at its body."""
    if found := HEAD.match(line):
        return json.loads(found[1]), int(found[2])
    whole = json.loads(line)
    return whole["custom_id"], whole["line"]


def _bounded(row: ResponseRow) -> ResponseRow:
    size = len((row.output or "").encode())
    if size <= PAGE_BYTES:
        return row
    return row.model_copy(update={"output": None, "omitted": f"the output has {size:,} bytes: it is in the results"})


def _cursor(job: BatchJob, place: RequestPlace) -> str | None:
    if place.chunk >= job.chunks:
        return None
    return cursors.cursor([job.id, *place])


def _place(job: BatchJob, cursor: str | None) -> RequestPlace:
    """The place that a cursor of ours names. Raises Invalid: cursors come from outside."""
    if cursor is None:
        return RequestPlace(0, 0)
    try:
        id, chunk, position = cursors.place(cursor)
        ours = id == job.id and type(chunk) is type(position) is int and 0 <= chunk < job.chunks and position >= 0
    except (ValueError, TypeError):
        ours = False
    if not ours:
        raise Invalid("this is no cursor of ours for this batch", field="cursor")
    return RequestPlace(chunk, position)
