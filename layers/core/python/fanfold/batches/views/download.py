"""Download: a batch's results in the form that is asked for.

JSONL is there when the batch ends. The other forms are made when somebody first wants them, and kept beside it: a
small one at once, any other by a function of its own, while the caller asks again.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import chain

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob, Endpoint
from fanfold.batches.model.result import Result
from fanfold.batches.views import exports
from fanfold.batches.views.exports._columns import row
from fanfold.batches.views.shapes import EndedBatch
from fanfold.clock import moment, stamp
from fanfold.errors import Conflict, Flaw, Invalid, NotFound, Superseded
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.rejects import rejects_key
from fanfold.ports import Blob, is_there
from fanfold.providers import Fault, Status, Usage
from fanfold.versions import VersionedMessage

JSONL = "jsonl"
AT_ONCE_BYTES = 4 * 1024 * 1024
"""Results up to this size become another form while the caller waits."""
ROW_BYTES, TOKEN_BYTES = 1500, 8
"""What a result has at most, mostly, beside its text, and a token of that twice."""
PATIENCE = timedelta(minutes=20)
"""How long a form may be in the making before it is asked for again."""
LONGEST_LINE = 96 * 1024 * 1024
"""A result holds the provider's answer twice: as text, and whole."""


class DownloadOptions(BaseModel):
    """The query of `GET …/results`."""

    format: str = JSONL


class Preparing(BaseModel):
    """The answer while a form is made: ask again."""

    state: str = "preparing"
    format: str


class Prepare(JobRef, VersionedMessage):
    """The message that has a form made of the results as they were at `finished_at`."""

    format: str
    finished_at: str


def download(ref: JobRef, wanted: DownloadOptions, backend: BatchBackend) -> str | None:
    """A URL of the results for a while; None while they are being made.

    Raises NotFound, Conflict while there are no results, Invalid for an unknown format.
    """
    _known(wanted.format)
    job = _ended(ref, backend)
    key = _key(job, wanted.format)
    if wanted.format != JSONL and not is_there(key, backend.blobs):
        if not _at_once(job, wanted.format, backend):
            _ask(job, wanted.format, backend)
            return None
        _make(job, wanted.format, backend)
    return backend.blobs.link(key, f"{job.id}.{wanted.format}")


def is_ready(job: BatchJob, formats: Iterable[str], backend: BatchBackend) -> bool:
    """Whether the forms can be had at once; those of large results are asked for, if they are not there yet."""
    if not _may_be_large(job) or backend.blobs.size(_key(job, JSONL)) <= AT_ONCE_BYTES:
        return True
    missing = [format for format in formats if not is_there(_key(job, format), backend.blobs)]
    for format in missing:
        _ask(backend.jobs.get(job.ref), format, backend)
    return not missing


def form_of(job: BatchJob, format: str, backend: BatchBackend) -> Blob:
    """The object of a form that was made."""
    key = _key(job, format)
    return Blob(key, backend.blobs.size(key))


def size_of(job: BatchJob, format: str, backend: BatchBackend) -> int:
    """The bytes of a form that can be had."""
    body = whole(job, format, backend)
    return form_of(job, format, backend).size if body is None else len(body)


def small_results(job: BatchJob, backend: BatchBackend) -> list[Result] | None:
    """All results, lines that were not taken among them, if they are small; else None."""
    _ended(job.ref, backend)
    if backend.blobs.size(_key(job, JSONL)) > AT_ONCE_BYTES:
        return None
    return [*_results(job, backend), *_rejected(job, backend)]


def whole(job: BatchJob, format: str, backend: BatchBackend) -> bytes | None:
    """The form itself, if it is small; else None, and it is made as for a download. Raises as that does."""
    _known(format)
    _ended(job.ref, backend)
    if backend.blobs.size(_key(job, JSONL)) <= AT_ONCE_BYTES:
        return b"".join(_parts(job, format, backend))
    return None


def make_export(command: Prepare, backend: BatchBackend) -> bool:
    """Make the form, unless it is there, or the batch is gone or has other results by now."""
    try:
        job = _ended(command, backend)
    except (NotFound, Conflict):
        return False
    if job.finished_at != command.finished_at or is_there(_key(job, command.format), backend.blobs):
        return False
    _make(job, command.format, backend)
    return True


def _known(format: str) -> None:
    formats = (JSONL, *exports.names())
    if format not in formats:
        raise Invalid(f"there is no format {format!r}; there are: {', '.join(formats)}", field="format")


def _ended(ref: JobRef, backend: BatchBackend) -> BatchJob:
    job = backend.jobs.get(JobRef(tenant=ref.tenant, job=ref.job))
    if job.state not in (State.COMPLETED, State.CANCELLED) or not is_there(_key(job, JSONL), backend.blobs):
        raise Conflict(f"batch {job.id} is {job.state}: its results are not complete", field="id")
    return job


def _key(job: BatchJob, format: str) -> str:
    """Named after the end that the results are of: a retry ends anew."""
    if format == JSONL:
        return job.ref.folder + "results.jsonl"
    return f"{job.ref.folder}exports/{job.finished_at}.{format}"


def _may_be_large(job: BatchJob) -> bool:
    """Whether its results may be too large to be turned into another form at once, by its counters alone."""
    counts = job.counts
    return (counts.succeeded + counts.failed) * ROW_BYTES + counts.output_tokens * TOKEN_BYTES > AT_ONCE_BYTES


def _at_once(job: BatchJob, format: str, backend: BatchBackend) -> bool:
    return exports.export(format).light and backend.blobs.size(_key(job, JSONL)) <= AT_ONCE_BYTES


def _make(job: BatchJob, format: str, backend: BatchBackend) -> None:
    backend.blobs.put_stream(_key(job, format), _parts(job, format, backend))


def _parts(job: BatchJob, format: str, backend: BatchBackend) -> Iterator[bytes]:
    vectors = format == "parquet" and job.options.endpoint is Endpoint.EMBEDDINGS
    made, results = exports.export("embeddings" if vectors else format), _results(job, backend)
    if isinstance(made, exports.Export):
        return made.parts(map(row, results), job.kept_columns)
    every = chain(results, _rejected(job, backend) if made.rejected else ())
    return (
        exports.lines(made, every, EndedBatch.of(job)) if isinstance(made, exports.LineExport) else made.parts_of(every)
    )


def _results(job: BatchJob, backend: BatchBackend) -> Iterator[Result]:
    for line in backend.blobs.lines(_key(job, JSONL), LONGEST_LINE):
        yield Result.model_validate_json(line)


def _rejected(job: BatchJob, backend: BatchBackend) -> Iterator[Result]:
    """The lines that were not taken, each as a request that failed."""
    if not job.rejected:
        return
    for line in backend.blobs.lines(rejects_key(job.ref), LONGEST_LINE):
        flaw = Flaw.model_validate_json(line)
        said = f"line {flaw.line}: {flaw.field + ': ' if flaw.field else ''}{flaw.detail}"
        fault = Fault(kind="invalid_line", message=said)
        yield Result(custom_id="", line=flaw.line or 0, status=Status.FAILED, usage=Usage(), error=fault)


def _ask(job: BatchJob, format: str, backend: BatchBackend) -> None:
    """Have the form made, once in a while: the message first, so that none is noted that was never sent."""
    now, asked = backend.clock(), job.exports.get(format, "")
    if asked >= (job.finished_at or "") and now < moment(asked) + PATIENCE:
        return
    message = Prepare(tenant=job.tenant, job=job.id, format=format, finished_at=job.finished_at or "")
    backend.exports.send(message)
    with suppress(Superseded):
        backend.jobs.move(job, exports=job.exports | {format: stamp(now)})
