"""Results of a job: record by record, in order, by name, or by place."""

import json
from collections.abc import Iterable, Iterator

from fanfold.errors import Conflict, NotFound
from fanfold.forecasting import SeriesForecast
from fanfold.forecasting.records import Record, from_record
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.job import ForecastJob
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.request_index import digest, find, hashes

INDEX = "index"
FEW = 100
"""Names up to which each is looked up; beyond that the index is read whole, 24 bytes a series."""


def records(settled: Iterable[ChunkResult], backend: ForecastBackend) -> Iterator[tuple[int, int, Record]]:
    """Chunk, position and record of every series, a chunk in memory at a time."""
    for chunk in settled:
        for position, line in enumerate(backend.blobs.get(chunk.results).splitlines()):
            yield chunk.chunk, position, json.loads(line)


def record(job: ForecastJob, name: str, backend: ForecastBackend) -> Record:
    """One series' record, in three small reads. Raises NotFound."""
    for place in _places(job, name, backend):
        settled = backend.chunks.get(job.ref, place[0])
        if settled is not None:
            line = backend.blobs.get_range(settled.results, *settled.span(place[1]))
            found: Record = json.loads(line)
            if found["name"] == name:
                return found
    raise NotFound(f"forecast {job.id} has no series {name!r}", field="name")


def unknown_names(job: ForecastJob, names: Iterable[str], backend: ForecastBackend) -> list[str]:
    """Those of the names that the job has no series of. Raises Conflict while that is not known."""
    wanted = {name: digest(name) for name in names}
    try:
        if len(wanted) > FEW:
            known = hashes(backend.blobs.get(job.ref.folder + INDEX))
            return [name for name, code in wanted.items() if code not in known]
        return [name for name in wanted if not find(backend.blobs, job.ref.folder + INDEX, name)]
    except KeyError:
        raise Conflict(f"forecast {job.id} is {job.state}: its series are not known yet", field="id") from None


def result(job: ForecastJob, name: str, backend: ForecastBackend) -> SeriesForecast:
    """The same as the engine's result."""
    return from_record(record(job, name, backend))


def _places(job: ForecastJob, name: str, backend: ForecastBackend) -> list[tuple[int, int]]:
    try:
        found = find(backend.blobs, job.ref.folder + INDEX, name)
    except KeyError:  # planned by nobody yet
        return []
    return [(place.chunk, place.position) for place in found]
