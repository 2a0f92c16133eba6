"""Results of a job: record by record, in order, by name, or by place."""

import json
from collections.abc import Iterable, Iterator

from fanfold.errors import NotFound
from fanfold.forecasting import SeriesForecast
from fanfold.forecasting.records import Record, from_record
from fanfold.forecasts.backend import Backend
from fanfold.forecasts.job import ForecastJob
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.index import find

INDEX = "index"


def records(settled: Iterable[ChunkResult], backend: Backend) -> Iterator[tuple[int, int, Record]]:
    """Chunk, position and record of every series, a chunk in memory at a time."""
    for chunk in settled:
        for position, line in enumerate(backend.blobs.get(chunk.results).splitlines()):
            yield chunk.chunk, position, json.loads(line)


def record(job: ForecastJob, name: str, backend: Backend) -> Record:
    """One series' record, in three small reads. Raises NotFound."""
    for place in _places(job, name, backend):
        settled = backend.chunks.get(job.ref, place[0])
        if settled is not None:
            line = backend.blobs.get_range(settled.results, *settled.span(place[1]))
            found: Record = json.loads(line)
            if found["name"] == name:
                return found
    raise NotFound(f"forecast {job.id} has no series {name!r}", field="name")


def result(job: ForecastJob, name: str, backend: Backend) -> SeriesForecast:
    """The same as the engine's result."""
    return from_record(record(job, name, backend))


def _places(job: ForecastJob, name: str, backend: Backend) -> list[tuple[int, int]]:
    try:
        found = find(backend.blobs, job.ref.folder + INDEX, name)
    except KeyError:  # planned by nobody yet
        return []
    return [(place.chunk, place.position) for place in found]
