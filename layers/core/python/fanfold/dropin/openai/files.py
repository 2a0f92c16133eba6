"""Files as OpenAI's SDK sends and gets them: inputs, and what became of batches."""

from datetime import timedelta
from itertools import islice
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.views.download import size_of
from fanfold.clock import moment
from fanfold.dropin import files
from fanfold.dropin.content import Content, content
from fanfold.dropin.files import StoredFile
from fanfold.dropin.jobs import found
from fanfold.dropin.openai.batches import ERRORS, OUTPUT, PREFIX, retrieve
from fanfold.dropin.openai.objects import PURPOSE, ExpiresAfter, OpenAIDeleted, OpenAIFile, OpenAIFiles
from fanfold.errors import Invalid, NotFound, TooLarge
from fanfold.ports import UploadForm

FORMATS = {OUTPUT: "openai", ERRORS: "openai_errors"}


class FilePaging(BaseModel):
    """The query of `GET /openai/v1/files`."""

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    order: Literal["asc", "desc"] = "desc"
    purpose: str | None = None


class AnnouncedFile(BaseModel):
    """The body of `POST /openai/v1/files` by our own client, which sends a large file straight to its place."""

    model_config = ConfigDict(extra="forbid")

    purpose: str
    filename: Annotated[str, Field(min_length=1)]
    bytes: Annotated[int, Field(ge=1)]
    expires_after: ExpiresAfter | None = None


class OpenAIUploadPlace(BaseModel):
    """The file that there will be, and the form that sends it."""

    file: OpenAIFile
    form: UploadForm


class SentFile(BaseModel):
    """What a form of `POST /openai/v1/files` holds."""

    purpose: str
    name: str
    body: bytes
    expires_after: ExpiresAfter | None = None


def create(sent: SentFile, tenant: str, backend: BatchBackend) -> OpenAIFile:
    """A file of requests. Raises Invalid for another purpose, or an empty one, and QuotaExceeded."""
    check_purpose(sent.purpose)
    if not sent.body:
        raise Invalid("The file is empty.", field="file")
    backend.quotas.check_stored(tenant)
    seconds = sent.expires_after.seconds if sent.expires_after else None
    return input_file(files.store(sent.body, sent.name, seconds, tenant, backend))


def announce(asked: AnnouncedFile, tenant: str, backend: BatchBackend) -> OpenAIUploadPlace:
    """A form for the file. Raises Invalid, TooLarge, QuotaExceeded."""
    check_purpose(asked.purpose)
    most = check_size(asked.bytes, tenant, backend)
    seconds = asked.expires_after.seconds if asked.expires_after else None
    made = files.new_file(asked.filename, asked.bytes, seconds, backend)
    return OpenAIUploadPlace(file=input_file(made), form=backend.blobs.form(made.key(tenant), min(most, asked.bytes)))


def check_size(size: int, tenant: str, backend: BatchBackend) -> int:
    """How much may be sent. Raises TooLarge for a file of more, QuotaExceeded."""
    left = backend.quotas.check_stored(tenant)
    most = backend.settings.max_upload_bytes if left is None else min(backend.settings.max_upload_bytes, left)
    if size > most:
        raise TooLarge(f"a file may have {most:,} bytes", field="bytes")
    return most


def check_purpose(purpose: str) -> None:
    """Raises Invalid for a purpose that files here don't have."""
    if purpose != PURPOSE:
        raise Invalid(f"Invalid value: {purpose!r}. Supported values are: '{PURPOSE}'.", field="purpose")


def retrieve_file(tenant: str, id: str, backend: BatchBackend) -> OpenAIFile:
    """The file. Raises NotFound."""
    if kind := _kind(id):
        return _output(_job(tenant, id, kind, backend), kind, backend)
    return input_file(files.file(tenant, id, backend))


def listed(tenant: str, asked: FilePaging, backend: BatchBackend) -> OpenAIFiles:
    """A page of the files that were sent; those of batches are named by their batches."""
    if asked.purpose not in (None, PURPOSE):
        return OpenAIFiles(data=[], first_id=None, last_id=None, has_more=False)
    if asked.order == "desc":
        stored = files.files(tenant, backend, asked.after or "")
    else:
        every = list(files.files(tenant, backend))[::-1]
        stored = iter([each for each in every if not asked.after or each.id < asked.after])
    taken = [input_file(each) for each in islice(stored, asked.limit + 1)]
    data, more = taken[: asked.limit], len(taken) > asked.limit
    first, last = (data[0].id, data[-1].id) if data else (None, None)
    return OpenAIFiles(data=data, first_id=first, last_id=last, has_more=more)


def delete(tenant: str, id: str, backend: BatchBackend) -> OpenAIDeleted:
    """Forget the file; one of a batch's can be had no more, and goes with its batch. Raises NotFound."""
    if kind := _kind(id):
        job = _job(tenant, id, kind, backend)
        if job.surface is None:
            raise Invalid("This file goes with its batch: DELETE /v1/batches/…", field="id")
        surface = job.surface.model_copy(update={"deleted": (*job.surface.deleted, kind)})
        backend.jobs.move(job, surface=surface.model_dump(mode="json", exclude_none=True))
    else:
        files.remove(tenant, id, backend)
    return OpenAIDeleted(id=id)


def contents(tenant: str, id: str, most: int, backend: BatchBackend) -> Content:
    """What is in the file: itself if it has at most so many bytes, else a link to it. Raises NotFound, Conflict."""
    if kind := _kind(id):
        return content(_job(tenant, id, kind, backend), FORMATS[kind], True, backend)
    source = files.file(tenant, id, backend)
    key = source.key(tenant)
    if source.bytes <= most:
        return Content(body=backend.blobs.get(key))
    return Content(url=backend.blobs.link(key, source.name))


def input_file(stored: StoredFile) -> OpenAIFile:
    """A file that was sent."""
    return OpenAIFile(
        id=stored.id,
        bytes=stored.bytes,
        created_at=int(stored.created_at.timestamp()),
        expires_at=int(stored.expires_at.timestamp()),
        filename=stored.name,
        purpose="batch",
    )


def _kind(id: str) -> str | None:
    return next((kind for kind in FORMATS if id.startswith(kind)), None)


def _job(tenant: str, id: str, kind: str, backend: BatchBackend) -> BatchJob:
    """The batch that a file is of. Raises NotFound if the batch has no such file, or not any more."""
    job = found(tenant, PREFIX + id.removeprefix(kind), PREFIX, backend)
    batch = retrieve(tenant, PREFIX + job.id, backend)
    expired = (ends := _expires_at(job)) is not None and ends <= backend.clock().timestamp()
    deleted = job.surface is not None and kind in job.surface.deleted
    if id not in (batch.output_file_id, batch.error_file_id) or expired or deleted:
        raise NotFound(f"there is no file {id!r}", field="id")
    return job


def _expires_at(job: BatchJob) -> int | None:
    if job.finished_at is None:
        return None
    if job.surface and job.surface.output_seconds:
        return int((moment(job.finished_at) + timedelta(seconds=job.surface.output_seconds)).timestamp())
    return int(moment(job.expires_at).timestamp()) if job.expires_at else None


def _output(job: BatchJob, kind: str, backend: BatchBackend) -> OpenAIFile:
    name = "output" if kind == OUTPUT else "errors"
    return OpenAIFile(
        id=kind + job.id,
        bytes=size_of(job, FORMATS[kind], backend),
        created_at=int(moment(job.finished_at or job.created_at).timestamp()),
        expires_at=_expires_at(job),
        filename=f"{PREFIX}{job.id}_{name}.jsonl",
        purpose="batch_output",
    )
