"""Files as Gemini's SDK sends and gets them: what they are, then their bytes to a place made for them."""

import re
from itertools import islice
from typing import Any

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.stores.upload_places import UploadPlace
from fanfold.batches.views.download import is_ready, size_of
from fanfold.clock import stamp
from fanfold.dropin import files
from fanfold.dropin.content import Content, content
from fanfold.dropin.files import StoredFile
from fanfold.dropin.gemini.batches import FILES, FORMAT, OUTPUT, PREFIX, GeminiPaging
from fanfold.dropin.gemini.objects import UploadAsked
from fanfold.dropin.jobs import found
from fanfold.errors import Conflict, Invalid, NotFound, TooLarge

SESSION = re.compile(r"([a-z0-9-]+)\.([0-9a-f]{48})")
WHOLE = "upload, finalize"
"""The command of a part that is all of a file."""


def start(asked: UploadAsked, size: int, most: int, tenant: str, backend: BatchBackend) -> str:
    """A place for a file of so many bytes: its name is the permission to fill it. Raises Invalid, TooLarge."""
    if asked.file.name:
        raise Invalid("files get their names here: send none", field="file.name")
    if size > most:
        said = f"the SDK sends it in parts of 8 MB, and a part may have {most:,} bytes here: docs/clients.md has a way"
        raise TooLarge(said, field="file")
    if size < 1:
        raise Invalid("The file is empty.", field="file")
    backend.quotas.check_stored(tenant)
    place = UploadPlace(name=asked.file.display_name or "", mime_type=asked.file.mime_type or "")
    return f"{tenant}.{backend.upload_places.make(tenant, place)}"


def receive(session: str, command: str, body: bytes, backend: BatchBackend) -> dict[str, Any]:
    """The file, sent whole; of two sent at once one is kept. Raises NotFound for no place, Invalid for a part."""
    known = SESSION.fullmatch(session)
    if known is None:
        raise NotFound("there is no such upload", field="upload")
    tenant, name = known.groups()
    place = backend.upload_places.get(tenant, name)
    if command.replace(" ", "") != WHOLE.replace(" ", ""):
        raise Invalid("a file comes in one part here", field="X-Goog-Upload-Command")
    made = files.store(body, place.name, None, tenant, backend)
    try:
        backend.upload_places.filled(tenant, name)
    except NotFound:
        files.remove(tenant, made.id, backend)
        raise
    return {"file": sent_file(made)}


def retrieve(tenant: str, id: str, backend: BatchBackend) -> dict[str, Any]:
    """The file. Raises NotFound."""
    if id.startswith(OUTPUT):
        return _output(_job(tenant, id, backend), backend)
    return sent_file(files.file(tenant, id, backend))


def listed(tenant: str, asked: GeminiPaging, backend: BatchBackend) -> dict[str, Any]:
    """A page of the files that were sent, newest first."""
    taken = list(islice(files.files(tenant, backend, asked.page_token or ""), asked.page_size + 1))
    kept = taken[: asked.page_size]
    more = {"nextPageToken": kept[-1].id} if len(taken) > asked.page_size else {}
    return {"files": [sent_file(each) for each in kept]} | more


def delete(tenant: str, id: str, backend: BatchBackend) -> None:
    """Forget the file. Raises NotFound, and Conflict for what a batch made: it goes with its batch."""
    if id.startswith(OUTPUT):
        _job(tenant, id, backend)
        raise Conflict("This file goes with its batch: delete that.", field="id")
    files.remove(tenant, id, backend)


def contents(tenant: str, id: str, bearer: bool, backend: BatchBackend) -> Content:
    """What is in a file of results. Raises NotFound, and Conflict for one that was sent."""
    if not id.startswith(OUTPUT):
        files.file(tenant, id, backend)
        raise Conflict("Only generated files can be downloaded.", field="id")
    return content(_job(tenant, id, backend), FORMAT, bearer, backend)


def sent_file(stored: StoredFile) -> dict[str, Any]:
    """A file that was sent."""
    return _file(stored.id, stored.name, stored.bytes, stamp(stored.created_at), stamp(stored.expires_at))


def _output(job: BatchJob, backend: BatchBackend) -> dict[str, Any]:
    at, size = job.finished_at or job.created_at, size_of(job, FORMAT, backend)
    made = _file(OUTPUT + job.id, f"{job.id}.jsonl", size, at, job.expires_at)
    return made | {"source": "GENERATED", "downloadUri": f"{FILES}{OUTPUT}{job.id}:download?alt=media"}


def _file(id: str, name: str, size: int, at: str, expires_at: str | None) -> dict[str, Any]:
    return {
        "name": FILES + id,
        "displayName": name,
        "mimeType": "application/jsonl",
        "sizeBytes": str(size),
        "createTime": at,
        "updateTime": at,
        "expirationTime": expires_at,
        "uri": FILES + id,
        "state": "ACTIVE",
        "source": "UPLOADED",
    }


def _job(tenant: str, id: str, backend: BatchBackend) -> BatchJob:
    job = found(tenant, PREFIX + id.removeprefix(OUTPUT), PREFIX, backend)
    if not job.chunks or job.finished_at is None or not is_ready(job, (FORMAT,), backend):
        raise NotFound(f"there is no file {id!r}", field="id")
    return job
