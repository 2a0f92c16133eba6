"""Fit: one chunk's series forecast, each once for as long as it does not change.

A chunk that is settled is never fitted again. What an earlier job of the tenant found for the same series under the
same configuration is taken over.
"""

import json
from typing import NamedTuple

import numpy as np

from fanfold.errors import Crowded, Superseded, reason
from fanfold.forecasting import SeriesForecast, stream
from fanfold.forecasting.records import Record, from_record, to_record
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.engine_request import digest_of, engine_request, is_heavy
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.narrowing import FATAL, NarrowedChunk
from fanfold.forecasts.result_reuse import cache_results, read_cached
from fanfold.forecasts.series import digest, from_line
from fanfold.forecasts.watching import forgotten, is_told, watched
from fanfold.jobs.chunk_results import ChunkResult, pack_offsets
from fanfold.jobs.job import Counts, JobRef, State
from fanfold.quotas.places import PlaceKind

FAILED = "failed"
NOTHING = np.zeros(0)


class FitChunk(JobRef):
    """Which chunk; with a failure, as Step Functions tells it, what kept it from being fitted.

    A chunk that workers died of is to be fitted in parts: `narrow`.
    """

    chunk: int
    narrow: bool = False
    failure: dict[str, str] | None = None

    @property
    def why_not(self) -> str | None:
        """The failure in words."""
        return reason(self.failure["Error"], self.failure["Cause"]) if self.failure else None


class FittedChunk(NamedTuple):
    """Series that were fitted now, and those taken over from earlier results."""

    fitted: int = 0
    reused: int = 0


def fit_chunk(command: FitChunk, backend: ForecastBackend) -> FittedChunk:
    """Settle the chunk, if it is not settled in this round. Raises Superseded if the job does not run, and Crowded
    while as many of the tenant's are fitted as the operator lets them have at a time."""
    if command.failure:
        return _fitted(command, backend)
    holder, seconds = f"{command.job}#{command.chunk}", backend.settings.removal_grace_seconds
    with backend.quotas.places.place(command.tenant, PlaceKind.FITS, holder, seconds) as there:
        if not there:
            raise Crowded(f"as many chunks of {command.tenant} are fitted as may be at a time")
        return _fitted(command, backend)


def _fitted(command: FitChunk, backend: ForecastBackend) -> FittedChunk:
    job = backend.jobs.get(JobRef(tenant=command.tenant, job=command.job))
    if job.state is State.CANCELLING:
        return FittedChunk()
    if job.state is not State.RUNNING:
        raise Superseded(f"forecast {job.id} is {job.state}")
    before = backend.chunks.get(job.ref, command.chunk)
    if before and (before.attempt >= job.round or not before.counts.failed):
        return FittedChunk()
    chunk = SeriesChunk(job, command, backend)
    lines = _lines(chunk, command, before, job, backend)
    _settle(job, command.chunk, lines, before, backend)
    if not command.failure and not is_heavy(job.config):
        cache_results(job.ref, chunk.last, chunk.config, chunk.key, backend.blobs)
    return FittedChunk(chunk.fitted, len(lines) - chunk.fitted)


def _lines(
    chunk: "SeriesChunk", command: FitChunk, before: ChunkResult | None, job: ForecastJob, backend: ForecastBackend
) -> list[bytes]:
    """A line for each series, written by an earlier worker, or made now."""
    if command.why_not:
        return [chunk.broken(place, command.why_not) for place in range(chunk.series)]
    if written := chunk.written():
        return written
    if not command.narrow:
        return chunk.results(before, 0, chunk.series)
    narrowed = NarrowedChunk(
        job.ref,
        command.chunk,
        job.round,
        fit=lambda start, end: chunk.results(before, start, end),
        given_up=lambda place: chunk.broken(place, FATAL),
        narrowings=backend.narrowings,
        blobs=backend.blobs,
    )
    return narrowed.lines(chunk.series)


class SeriesChunk:
    """The series of a chunk on their way to results."""

    def __init__(self, job: ForecastJob, command: FitChunk, backend: ForecastBackend) -> None:
        self._job, self._backend = job, backend
        self.key = job.ref.results_key(command.chunk, job.round)
        self._lines = backend.blobs.get(job.ref.chunk_key(command.chunk)).splitlines(keepends=True)
        self.config = digest_of(job.config)
        self._digests = [digest(line, self.config) for line in self._lines]
        self.series = len(self._lines)
        self.last = from_line(self._lines[-1]).name
        self._earlier: dict[str, Record] = {}
        self.fitted = 0

    def written(self) -> list[bytes]:
        """What this round has written already, if it died or was turned away before it could settle the chunk."""
        try:
            return self._backend.blobs.get(self.key).splitlines(keepends=True)
        except KeyError:
            return []

    def results(self, before: ChunkResult | None, start: int, end: int) -> list[bytes]:
        """A line of JSON for each series from `start` to before `end`; what succeeded in an earlier round stays."""
        known = {} if is_heavy(self._job.config) else self._kept()
        if before:
            known |= _good(self._backend.blobs.get(before.results).splitlines(keepends=True))
        new = [place for place in range(start, end) if self._digests[place] not in known]
        self.fitted += len(new)
        made = stream((from_line(self._lines[place]) for place in new), engine_request(self._job.config))
        for place, result in made:
            known[self._digests[new[place]]] = self._line(new[place], self._watched(new[place], result))
        return [known[found] for found in self._digests[start:end]]

    def broken(self, place: int, failure: str) -> bytes:
        """A result that says why there is none."""
        name = from_line(self._lines[place]).name
        return self._line(place, SeriesForecast(name, FAILED, "none", NOTHING, reason=f"not fitted: {failure}"))

    def _kept(self) -> dict[str, bytes]:
        """Earlier results; those that failed are tried again, and those of other values are kept to compare with."""
        lines = read_cached(self._job.ref, self.last, self.config, self._backend.blobs)
        self._earlier = {record["name"]: record for record in map(json.loads, lines)}
        good = _good(lines)
        told = (record for record in self._earlier.values() if record["digest"] in good and is_told(record))
        return good | {record["digest"]: _dumped(forgotten(record)) for record in told}

    def _watched(self, place: int, result: SeriesForecast) -> SeriesForecast:
        """The result, with what it says about the one before."""
        before = self._earlier.get(result.name)
        return watched(from_record(before), from_line(self._lines[place]), result) if before else result

    def _line(self, place: int, result: SeriesForecast) -> bytes:
        return _dumped({**to_record(result), "digest": self._digests[place]})


def _dumped(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _good(lines: list[bytes]) -> dict[str, bytes]:
    """Results that did not fail, by what they depend on."""
    read = ((json.loads(line), line) for line in lines)
    return {record["digest"]: line for record, line in read if record["status"] != FAILED}


def _settle(
    job: ForecastJob, chunk: int, lines: list[bytes], before: ChunkResult | None, backend: ForecastBackend
) -> None:
    """Write the results and count them; somebody who did so at the same time wrote the same."""
    failed = len(lines) - len(_good(lines))
    key = job.ref.results_key(chunk, job.round)
    backend.blobs.put(key, b"".join(lines))
    settled = ChunkResult(
        chunk=chunk,
        attempt=job.round,
        results=key,
        counts=Counts(succeeded=len(lines) - failed, failed=failed),
        offsets=pack_offsets(list(map(len, lines))),
    )
    backend.chunks.settle(job.ref, settled, before)
