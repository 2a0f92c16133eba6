"""Listing: a portfolio's series page by page, filtered and in any order.

A finished forecast has a sorted list for each order, of which a call reads ranges; one that still runs shows what is
settled, chunk by chunk. What one call may read is limited; a page then ends early, with the cursor of where to go on.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from fanfold import cursors
from fanfold.errors import Conflict, Invalid
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.editions import shown
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.results import records
from fanfold.forecasts.sorting import ORDERS, listing_key, summary_line
from fanfold.jobs.job import JobRef

MEBI = 1024 * 1024
RANGE = MEBI
READS = 24
"""Ranges or chunks that one call may read before its page ends."""
WIDEST = 10_000_000
"""More than a chunk has series."""
Said = tuple[int, dict[str, Any]]


class SeriesFilters(BaseModel):
    """The query of the list of series."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: str | None = None
    sort: str = "name"
    model: str | None = None
    """What was used, or the member with the most weight."""
    pattern: str | None = None
    status: str | None = None
    search: str | None = None
    """Part of the name."""
    confidence_from: float | None = None
    confidence_to: float | None = None


class SeriesRow(BaseModel):
    """A series in the list."""

    name: str
    status: str
    pattern: str
    reason: str | None
    model: str
    lead_model: str
    """Of a combination the member with the most weight."""
    confidence: float
    attention: str | None = None
    """`review` below a confidence of 60 %, `alert` below 30 % and where there is no forecast."""
    expected_error: float | None


class SeriesPage(BaseModel):
    """`preview` says that the forecast still runs: the order is that of the chunks, and more will come."""

    series: list[SeriesRow]
    cursor: str | None
    preview: bool = False


def list_series(ref: JobRef, wanted: SeriesFilters, backend: ForecastBackend) -> SeriesPage:
    """A page of the series. Raises Invalid for an unknown order or cursor, Conflict before anything is planned."""
    if wanted.sort not in ORDERS:
        raise Invalid(f"there is no order {wanted.sort!r}; there are: {', '.join(ORDERS)}", field="sort")
    job = shown(ref, backend)
    if not job.chunks:
        raise Conflict(f"forecast {job.id} is {job.state}: its series are not known yet", field="id")
    preview = job.summary is None
    walk, begin = SeriesWalk(), _place(job, wanted)
    rows, place = [], begin
    for behind, said in (walk.settled if preview else walk.listed)(job, wanted, begin, backend):
        place = behind
        if _fits(said, wanted):
            rows.append(SeriesRow.model_validate(said))
        if len(rows) == wanted.limit:
            break
    more = len(rows) == wanted.limit or walk.more
    return SeriesPage(series=rows, cursor=_cursor(job, wanted, place) if more else None, preview=preview)


class SeriesWalk:
    """The series from a place on, each with the place behind it; `more` says whether the walk ended before the end."""

    def __init__(self) -> None:
        self.more = False

    def listed(self, job: ForecastJob, wanted: SeriesFilters, place: int, backend: ForecastBackend) -> Iterator[Said]:
        """Of a finished forecast, in the order asked for. A place is an offset in the list."""
        key = listing_key(job.ref.folder, wanted.sort)
        size = backend.blobs.size(key)
        for _ in range(READS):
            if place >= size:
                break
            block = backend.blobs.get_range(key, place, min(RANGE, size - place))
            for line in block[: block.rindex(b"\n") + 1].splitlines(keepends=True):
                place += len(line)
                yield place, _said(line)
        self.more = place < size

    def settled(self, job: ForecastJob, wanted: SeriesFilters, place: int, backend: ForecastBackend) -> Iterator[Said]:
        """Of a forecast that runs, in the order of its chunks. A place is a chunk and a position in it."""
        first, skip = divmod(place, WIDEST)
        chunks, behind = backend.chunks.window(job.ref, first, READS)
        for chunk, position, record in records(chunks.values(), backend):
            if (chunk, position) >= (first, skip):
                yield chunk * WIDEST + position + 1, summary_line(record)
        self.more = behind is not None


def _said(line: bytes) -> dict[str, Any]:
    """A line of a list. Raises Invalid for half of one: the cursor did not come from us."""
    try:
        said: dict[str, Any] = json.loads(line)
    except ValueError:
        raise _strange() from None
    return said


def _strange() -> Invalid:
    return Invalid("this is no cursor of ours for this list", field="cursor")


def _fits(said: dict[str, Any], wanted: SeriesFilters) -> bool:
    exact = all(getattr(wanted, name) in (None, said[name]) for name in ("pattern", "status"))
    exact = exact and wanted.model in (None, said["model"], said["lead_model"])
    lowest, highest = wanted.confidence_from, wanted.confidence_to
    inside = (lowest is None or said["confidence"] >= lowest) and (highest is None or said["confidence"] <= highest)
    return exact and inside and (wanted.search is None or wanted.search in said["name"])


def _cursor(job: ForecastJob, wanted: SeriesFilters, place: int) -> str:
    return cursors.cursor([job.id, job.round, wanted.sort, place])


def _place(job: ForecastJob, wanted: SeriesFilters) -> int:
    """The place that a cursor of ours names. Raises Invalid: cursors come from outside."""
    if wanted.cursor is None:
        return 0
    try:
        id, round, sort, place = cursors.place(wanted.cursor)
    except (ValueError, TypeError):
        id = round = sort = place = None
    if (id, round, sort) != (job.id, job.round, wanted.sort) or type(place) is not int or place < 0:
        raise _strange()
    return place
