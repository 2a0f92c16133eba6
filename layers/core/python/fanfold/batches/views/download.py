"""Download: a batch's results in the form that is asked for.

JSONL is there when the batch ends. The other forms are made when somebody first wants them, and kept beside it: a
small one at once, any other by a function of its own, while the caller asks again.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from pydantic import BaseModel

from fanfold.batches.backend import Backend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.result import Result
from fanfold.batches.views import exports
from fanfold.clock import moment, stamp
from fanfold.errors import Conflict, Invalid, NotFound, Superseded
from fanfold.jobs.job import JobRef, State
from fanfold.versions import Message

JSONL = "jsonl"
AT_ONCE_BYTES = 4 * 1024 * 1024
"""Results up to this size become another form while the caller waits."""
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


class Prepare(JobRef, Message):
    """The message that has a form made of the results as they were at `finished_at`."""

    format: str
    finished_at: str


def download(ref: JobRef, wanted: DownloadOptions, backend: Backend) -> str | None:
    """A URL of the results for a while; None while they are being made.

    Raises NotFound, Conflict while there are no results, Invalid for an unknown format.
    """
    _known(wanted.format)
    job = _ended(ref, backend)
    key = _key(job, wanted.format)
    if wanted.format != JSONL and not _there(key, backend):
        if not _at_once(job, wanted.format, backend):
            _ask(job, wanted.format, backend)
            return None
        _make(job, wanted.format, backend)
    return backend.blobs.link(key, f"{job.id}.{wanted.format}")


def make_export(command: Prepare, backend: Backend) -> bool:
    """Make the form, unless it is there, or the batch is gone or has other results by now."""
    try:
        job = _ended(command, backend)
    except (NotFound, Conflict):
        return False
    if job.finished_at != command.finished_at or _there(_key(job, command.format), backend):
        return False
    _make(job, command.format, backend)
    return True


def _known(format: str) -> None:
    formats = (JSONL, *exports.names())
    if format not in formats:
        raise Invalid(f"there is no format {format!r}; there are: {', '.join(formats)}", field="format")


def _ended(ref: JobRef, backend: Backend) -> BatchJob:
    job = backend.jobs.get(JobRef(tenant=ref.tenant, job=ref.job))
    if job.state not in (State.COMPLETED, State.CANCELLED) or not _there(_key(job, JSONL), backend):
        raise Conflict(f"batch {job.id} is {job.state}: its results are not complete", field="id")
    return job


def _key(job: BatchJob, format: str) -> str:
    """Named after the end that the results are of: a retry ends anew."""
    if format == JSONL:
        return job.ref.folder + "results.jsonl"
    return f"{job.ref.folder}exports/{job.finished_at}.{format}"


def _there(key: str, backend: Backend) -> bool:
    try:
        return backend.blobs.size(key) >= 0
    except KeyError:
        return False


def _at_once(job: BatchJob, format: str, backend: Backend) -> bool:
    return exports.export(format).light and backend.blobs.size(_key(job, JSONL)) <= AT_ONCE_BYTES


def _make(job: BatchJob, format: str, backend: Backend) -> None:
    backend.blobs.put_stream(_key(job, format), exports.export(format).parts(_rows(job, backend), job.kept_columns))


def _rows(job: BatchJob, backend: Backend) -> Iterator[exports.Row]:
    for line in backend.blobs.lines(_key(job, JSONL), LONGEST_LINE):
        yield exports.row(Result.model_validate_json(line))


def _ask(job: BatchJob, format: str, backend: Backend) -> None:
    """Have the form made, once in a while: the message first, so that none is noted that was never sent."""
    now, asked = backend.clock(), job.exports.get(format, "")
    if asked >= (job.finished_at or "") and now < moment(asked) + PATIENCE:
        return
    message = Prepare(tenant=job.tenant, job=job.id, format=format, finished_at=job.finished_at or "")
    backend.exports.send(message)
    with suppress(Superseded):
        backend.jobs.move(job, exports=job.exports | {format: stamp(now)})
