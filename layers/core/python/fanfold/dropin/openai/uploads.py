"""Uploads: files that come in parts. https://platform.openai.com/docs/api-reference/uploads

The file's id is known from the first; its parts lie beside it until they are put together. What there is says how it
stands: the file once it is whole, a mark if it was cancelled.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from hashlib import md5
from secrets import token_hex
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.backend import BatchBackend
from fanfold.dropin import files
from fanfold.dropin.files import StoredFile
from fanfold.dropin.openai.files import check_purpose, check_size, input_file
from fanfold.dropin.openai.objects import ExpiresAfter, OpenAIFile
from fanfold.errors import Invalid, NotFound

PREFIX, PART = "upload_", "part_"
LASTS = timedelta(hours=1)
BEGUN, CANCELLED = "begun.json", "cancelled"
MOST_PARTS = 1000


class CreateOpenAIUpload(BaseModel):
    """The body of `POST /openai/v1/uploads`."""

    model_config = ConfigDict(extra="forbid")

    bytes: Annotated[int, Field(ge=1)]
    filename: Annotated[str, Field(min_length=1)]
    mime_type: str
    purpose: str
    expires_after: ExpiresAfter | None = None


class CompleteUpload(BaseModel):
    """The body of `POST /openai/v1/uploads/{upload}/complete`: the parts in the order of the file."""

    model_config = ConfigDict(extra="forbid")

    part_ids: Annotated[list[str], Field(min_length=1, max_length=MOST_PARTS)]
    md5: str | None = None


class OpenAIUpload(BaseModel):
    """An upload: https://platform.openai.com/docs/api-reference/uploads/object."""

    id: str
    object: Literal["upload"] = "upload"
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: Literal["batch"] = "batch"
    status: Literal["pending", "completed", "cancelled"]
    file: OpenAIFile | None = None


class OpenAIPart(BaseModel):
    id: str
    object: Literal["upload.part"] = "upload.part"
    created_at: int
    upload_id: str


class Begun(BaseModel):
    """An upload as it was asked for."""

    file: str
    name: str
    bytes: int


def create(asked: CreateOpenAIUpload, tenant: str, backend: BatchBackend) -> OpenAIUpload:
    """A file that is to come in parts. Raises Invalid, TooLarge, QuotaExceeded."""
    check_purpose(asked.purpose)
    check_size(asked.bytes, tenant, backend)
    seconds = asked.expires_after.seconds if asked.expires_after else None
    made = files.new_file(asked.filename, asked.bytes, seconds, backend)
    begun = Begun(file=made.id, name=made.name, bytes=asked.bytes)
    backend.blobs.put(_place(tenant, made.id) + BEGUN, begun.model_dump_json().encode())
    return _shown(made, "pending")


def add_part(tenant: str, id: str, body: bytes, backend: BatchBackend) -> OpenAIPart:
    """One part of the file. Raises NotFound, Invalid if no more can be added."""
    _pending(tenant, id, backend)
    if not body:
        raise Invalid("The part is empty.", field="data")
    part = PART + token_hex(12)
    backend.blobs.put(_place(tenant, _file_id(id)) + part, body)
    return OpenAIPart(id=part, created_at=int(backend.clock().timestamp()), upload_id=id)


def complete(tenant: str, id: str, asked: CompleteUpload, backend: BatchBackend) -> OpenAIUpload:
    """The file, put together of its parts. Raises NotFound, Invalid if it is not as it was said to be."""
    begun = _pending(tenant, id, backend)
    place = _place(tenant, begun.file)
    there = {blob.key.removeprefix(place): blob.size for blob in backend.blobs.under(place + PART)}
    for number, part in enumerate(asked.part_ids):
        if part not in there:
            raise Invalid(f"there is no part {part!r}", field=f"part_ids.{number}")
    size = sum(there[part] for part in asked.part_ids)
    if size != begun.bytes:
        raise Invalid(f"the parts have {size:,} bytes together, and the upload has {begun.bytes:,}", field="part_ids")
    stored = files.known(begun.file, begun.name, size, backend)
    digest = md5(usedforsecurity=False)
    backend.blobs.put_stream(stored.key(tenant), _joined(place, asked.part_ids, digest.update, backend))
    if asked.md5 is not None and digest.hexdigest() != asked.md5.lower():
        backend.blobs.remove_under(stored.key(tenant))
        raise Invalid("the file has another MD5", field="md5")
    backend.blobs.remove_under(place)
    return _shown(stored, "completed")


def cancel(tenant: str, id: str, backend: BatchBackend) -> OpenAIUpload:
    """Forget the parts. Raises NotFound, Invalid for what is not pending."""
    begun = _pending(tenant, id, backend)
    place = _place(tenant, begun.file)
    backend.blobs.put(place + CANCELLED, b"")
    backend.blobs.remove_under(place + PART)
    return _shown(files.known(begun.file, begun.name, begun.bytes, backend), "cancelled")


def _joined(place: str, parts: Sequence[str], told: Callable[[bytes], None], backend: BatchBackend) -> Iterator[bytes]:
    for part in parts:
        body = backend.blobs.get(place + part)
        told(body)
        yield body


def _pending(tenant: str, id: str, backend: BatchBackend) -> Begun:
    """The upload, if parts can be added to it. Raises NotFound, Invalid."""
    file = _file_id(id)
    place = _place(tenant, file)
    there = {blob.key.removeprefix(place) for blob in backend.blobs.under(place) if PART not in blob.key}
    if BEGUN not in there:
        files.file(tenant, file, backend)
        raise Invalid(f"Upload '{id}' is completed.", field="upload_id")
    if CANCELLED in there:
        raise Invalid(f"Upload '{id}' is cancelled.", field="upload_id")
    begun = Begun.model_validate_json(backend.blobs.get(place + BEGUN))
    if files.known(file, begun.name, begun.bytes, backend).created_at + LASTS < backend.clock():
        raise Invalid(f"Upload '{id}' is expired.", field="upload_id")
    return begun


def _file_id(id: str) -> str:
    file = files.PREFIX + id.removeprefix(PREFIX)
    if not id.startswith(PREFIX) or not files.ID.fullmatch(file):
        raise NotFound(f"there is no upload {id!r}", field="upload_id")
    return file


def _place(tenant: str, file: str) -> str:
    """The folder of an upload's parts."""
    return f"uploads/{tenant}/{PREFIX}{file.removeprefix(files.PREFIX)}/"


def _shown(stored: StoredFile, status: Literal["pending", "completed", "cancelled"]) -> OpenAIUpload:
    return OpenAIUpload(
        id=PREFIX + stored.id.removeprefix(files.PREFIX),
        bytes=stored.bytes,
        created_at=int(stored.created_at.timestamp()),
        expires_at=int((stored.created_at + LASTS).timestamp()),
        filename=stored.name,
        status=status,
        file=input_file(stored) if status == "completed" else None,
    )
