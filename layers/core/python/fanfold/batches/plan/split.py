"""Split: an input of any length into chunk objects, an index, and a list of what was rejected, in bounded memory.

The good lines pass through a file in `/tmp` on their way, because whether a custom_id is a repeat is known only
when all have been seen. Chunks hold requests of one model, because batches at providers do.
"""

from binascii import unhexlify
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import count, repeat
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel

from fanfold.batches.input.body_pattern import BodyPattern
from fanfold.batches.input.duplicates import together
from fanfold.batches.input.lines import LONGEST_LINE, LineNumbers, ReadRequest, read_requests
from fanfold.batches.input.remarks import Remarks
from fanfold.batches.input.repeats import Repeats
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.plan.choose_lane import LaneChoice
from fanfold.batches.plan.spool import HEAD, MARK, LineSpool
from fanfold.errors import Flaw, JobRefused
from fanfold.jobs.rejects import Rejects, rejects_key
from fanfold.jobs.request_index import IdSorter
from fanfold.ports import Blobs
from fanfold.pricing.estimate import Meter, Volume
from fanfold.providers import Dialect
from fanfold.settings import Settings

MOST_MODELS = 16
SPOOL_BYTES = 1024 * 1024
"""Of the spool that are held, so that a disk is written to seldom."""
MOST_COPIES = 10_000
"""Requests in a chunk that its copies make longer: its item has four bytes for each."""


class RequestChunk(BaseModel):
    """A line of the manifest: a chunk object and what is in it."""

    chunk: int
    model: str
    requests: int
    bytes: int


class Split(BaseModel):
    """What came out of an input."""

    chunks: list[RequestChunk]
    rejected: int
    samples: list[dict[str, Any]]
    volumes: dict[str, Volume] = {}
    """What will be asked of each model, repeats included."""
    lane: LaneName = LaneName.BATCH
    lane_reason: str = ""
    notes: list[str] = []
    columns: list[str] = []
    requests: int = 0
    """Good requests of the input, whether or not it is a sample of them that is asked."""
    """The fields that are kept beside results."""
    repeated: int = 0
    """Of those requests, how many ask what another one does."""

    @property
    def total(self) -> int:
        return sum(chunk.requests for chunk in self.chunks)


Choose = Callable[[Mapping[str, Volume]], LaneChoice]
"""The lane for requests of such volumes, by model."""
Permits = Callable[[str], bool]
"""Whether the operator lets the tenant ask a model."""


def split(
    job: BatchJob,
    dialect: Dialect,
    blobs: Blobs,
    settings: Settings,
    folder: Path,
    choose: Choose | None = None,
    permits: Permits = lambda _: True,
) -> Split:
    """Read the job's sources once and write its chunks, `index`, `manifest.jsonl` and `rejected.jsonl`.

    How large chunks are depends on the lane, which may depend on what was read. Lines for models that are not
    permitted are rejected.
    """
    with closing(IdSorter(folder)) as ids, closing(Rejects(folder / "rejected.jsonl")) as rejects:
        with (folder / "requests").open("w+b", SPOOL_BYTES) as file:
            remarks, spool, repeats = Remarks(), LineSpool(file, ids), Repeats()
            lines = _found(job, dialect, blobs, remarks)
            volumes = _read(job, dialect, _counted(lines, repeats), spool, rejects, remarks, permits)
            choice = choose(volumes) if choose else LaneChoice(job.goes, "")
            chunks = list(_cut(job, choice.lane, spool, rejects, blobs, settings, folder))
        blobs.put_stream(job.ref.folder + "index", ids.records())
        blobs.put_stream(job.ref.folder + "manifest.jsonl", (c.model_dump_json().encode() + b"\n" for c in chunks))
        rejects.publish(blobs, rejects_key(job.ref))
        return Split(
            chunks=chunks,
            rejected=rejects.count,
            samples=rejects.samples,
            volumes=volumes,
            lane=choice.lane,
            lane_reason=choice.reason,
            notes=remarks.notes,
            columns=remarks.columns,
            requests=sum(volume.requests for volume in volumes.values()),
            repeated=repeats.count,
        )


def _counted(lines: Iterator[ReadRequest | Flaw], repeats: Repeats) -> Iterator[ReadRequest | Flaw]:
    for found in lines:
        if isinstance(found, ReadRequest):
            repeats.add(found.written)
        yield found


def _read(
    job: BatchJob,
    dialect: Dialect,
    lines: Iterator[ReadRequest | Flaw],
    spool: LineSpool,
    rejects: Rejects,
    remarks: Remarks,
    permits: Permits,
) -> dict[str, Volume]:
    """Take in the good lines, and reject the others; what the good ones ask of each model."""
    meters: dict[str, Meter] = {}
    drawn = _Sample(job.options.sample.rows) if job.options.sample else None
    take, most_tokens = drawn.draw if drawn else spool.add, dialect.most_tokens
    known: BodyPattern | None = None
    for found in lines:
        if not isinstance(found, ReadRequest):
            rejects.add(found)
            continue
        if found.pattern is None or found.pattern is not known:
            body, known = found.body, None
            its = meters.get(body["model"]) or _metered(body["model"], meters, permits)
            if isinstance(its, str):
                rejects.add(Flaw(line=found.line, field="model", detail=its))
                continue
            meter, limit, known = its, most_tokens(body), found.pattern
        if limit is not None:  # it is asked of every line
            remarks.look(body, limit, dialect)
        if known:
            meter.add_texts(known.texts(found.given), known.messages, limit)
        else:
            meter.add(body, limit)
        take(found)
    for each in drawn.requests if drawn else ():
        spool.add(each)
    return {model: meter.volume for model, meter in meters.items()}


def _metered(model: str, meters: dict[str, Meter], permits: Permits) -> Meter | str:
    """The meter of a new model, or why there is none: each has a chunk open while the input is cut."""
    if not permits(model):
        return f"the operator does not let you ask {model}"
    if len(meters) == MOST_MODELS:
        return f"a job may use {MOST_MODELS} models at most"
    return meters.setdefault(model, Meter())


class _Sample:
    """So many requests, each as likely as any other; the same from the same input (reservoir sampling)."""

    def __init__(self, rows: int) -> None:
        self._rows, self._random, self._seen = rows, Random(rows), 0  # noqa: S311
        self._held: list[ReadRequest] = []

    def draw(self, request: ReadRequest) -> None:
        """Take the next request of the input, or pass it over."""
        self._seen += 1
        if len(self._held) < self._rows:
            self._held.append(request)
        elif (place := self._random.randrange(self._seen)) < self._rows:
            self._held[place] = request

    @property
    def requests(self) -> list[ReadRequest]:
        """Those that were taken, in the order of the input."""
        return sorted(self._held, key=lambda request: request.row)


def _found(job: BatchJob, dialect: Dialect, blobs: Blobs, remarks: Remarks) -> Iterator[ReadRequest | Flaw]:
    """Everything in the job's sources; lines are numbered through them all."""
    before = LineNumbers()
    for source in job.sources:
        lines = Counted(blobs.lines(source.key, LONGEST_LINE))
        yield from read_requests(lines, source, job.options, dialect, before, remarks)
        before.lines += lines.seen
        if source.version not in (None, blobs.version(source.key)):
            raise JobRefused(
                f"its input {source.key!r} was changed after it was handed in: send it with a form of its own"
            )


class Counted:
    """Lines, and how many have been read."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self.seen = lines, 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.seen += 1
            yield line


def _cut(
    job: BatchJob, lane: LaneName, spool: LineSpool, rejects: Rejects, blobs: Blobs, settings: Settings, folder: Path
) -> Iterator[RequestChunk]:
    """Write the good lines as chunks, noting where each request went."""
    opened: dict[int, Open] = {}
    realtime = lane is LaneName.REALTIME
    usual = settings.realtime_chunk_requests if realtime else settings.chunk_requests
    most, most_bytes = min(usual, job.options.batch_size or usual), settings.chunk_bytes
    numbers = count()
    lines = spool.lines(rejects)
    for kept, last in together(lines, spool.file, folder) if job.options.collapse else zip(lines, repeat(True)):
        digit = kept[MARK]
        if (chunk := opened.get(digit)) is None:
            chunk = opened[digit] = Open(next(numbers), spool.model(digit))
        requests = chunk.add(kept)
        if requests >= (most if last else MOST_COPIES) or chunk.bytes >= most_bytes:
            yield _written(opened.pop(digit), job, spool.ids, blobs)
    for chunk in opened.values():
        yield _written(chunk, job, spool.ids, blobs)


class Open:
    """A chunk that lines still go into."""

    def __init__(self, number: int, model: str) -> None:
        self.number, self.model, self.bytes = number, model, 0
        self.marks: list[bytes] = []
        self.lines: list[bytes] = []

    def add(self, kept: bytes) -> int:
        """Take a line of the spool; how many there are now."""
        line = kept[HEAD:]
        self.marks.append(kept[:MARK])
        self.lines.append(line)
        self.bytes += len(line)
        return len(self.lines)


def _written(chunk: Open, job: BatchJob, ids: IdSorter, blobs: Blobs) -> RequestChunk:
    ids.place(chunk.number, list(map(unhexlify, chunk.marks)), list(map(len, chunk.lines)))
    blobs.put(job.ref.chunk_key(chunk.number), b"".join(chunk.lines))
    return RequestChunk(chunk=chunk.number, model=chunk.model, requests=len(chunk.lines), bytes=chunk.bytes)
