"""Export: what passes, as one gzipped file of lines, newest first.

It is asked for in one call and made by a function of its own: two hours of busy logs are thousands of objects. What is
known of it is an object beside its file, which the asker looks at until it says how it ended.
"""

import zlib
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from fanfold.clock import Clock, moment, stamp
from fanfold.errors import NotFound, TooLarge
from fanfold.journal import ids
from fanfold.journal.backend import JournalBackend
from fanfold.journal.filters import LogFilter, LogFilters
from fanfold.journal.read import END, LogWalk, span
from fanfold.versions import VersionedMessage

MAKING = timedelta(minutes=12)
"""How long one export may take: the function that makes it has a quarter of an hour."""
PATIENCE = timedelta(hours=1)
"""After which an export that is still not made will not be: its message was tried three times."""
GZIP = 31
ExportId = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{1,40}$")]


class EntryExport(LogFilters):
    """What to export: the filters of a listing."""


class ExportState(StrEnum):
    """How far an export is."""

    PREPARING = "preparing"
    COMPLETED = "completed"
    FAILED = "failed"


class ExportRecord(BaseModel):
    """What is known of an export, in an object of its own."""

    id: str
    state: ExportState = ExportState.PREPARING
    created_at: str
    filters: EntryExport
    entries: int | None = None
    """How many passed; None until it is made."""
    error: str | None = None


class ExportView(ExportRecord):
    """An export as it is now; `url` is its file, for a while, once it is made."""

    url: str | None = None


class MakeExport(VersionedMessage):
    """The message that has an export made."""

    tenant: str
    export: ExportId


def ask_export(tenant: str, wanted: EntryExport, backend: JournalBackend) -> ExportView:
    """Have what passes written to a file."""
    now = backend.clock()
    record = ExportRecord(id=ids.origin(now), created_at=stamp(now), filters=wanted)
    _keep(tenant, record, backend)
    backend.exports.send(MakeExport(tenant=tenant, export=record.id))
    return ExportView(**dict(record))


def show_export(tenant: str, id: str, backend: JournalBackend) -> ExportView:
    """The export as it is now. Raises NotFound, also after a week."""
    record = _record(tenant, id, backend)
    if record.state is ExportState.COMPLETED:
        return ExportView(**dict(record), url=backend.blobs.link(_file(tenant, id), "entries.ndjson.gz"))
    if record.state is ExportState.PREPARING and backend.clock() > moment(record.created_at) + PATIENCE:
        told = {"state": ExportState.FAILED, "error": "it was not made within an hour: ask for another one"}
        record = record.model_copy(update=told)
    return ExportView(**dict(record))


def make_export(command: MakeExport, backend: JournalBackend) -> bool:
    """Write the file, unless it is there, or its asker is gone; made again it is as good."""
    try:
        record = _record(command.tenant, command.export, backend)
    except NotFound:
        return False
    if record.state is not ExportState.PREPARING:
        return False
    lines = _Lines(command.tenant, record.filters, backend)
    try:
        backend.blobs.put_stream(_file(command.tenant, record.id), _zipped(iter(lines)))
        told = {"state": ExportState.COMPLETED, "entries": lines.passed}
    except TooLarge as error:
        told = {"state": ExportState.FAILED, "error": error.detail}
    _keep(command.tenant, record.model_copy(update=told), backend)
    return told["state"] is ExportState.COMPLETED


class _Lines:
    """The lines of entries that pass, counted. Raises TooLarge if it takes too long to find them."""

    def __init__(self, tenant: str, wanted: LogFilters, backend: JournalBackend) -> None:
        self._tenant, self._wanted, self._backend = tenant, wanted, backend
        self.passed = 0

    def __iter__(self) -> Iterator[bytes]:
        sieve, place, ended = LogFilter(self._wanted), END, False
        late = _Deadline(self._backend.clock)
        hours = span(self._wanted, self._backend)
        while not ended:
            walk = LogWalk(self._tenant, sieve, place, self._backend)
            for line in walk.lines(*hours):
                if sieve.passed(line):
                    self.passed += 1
                    yield line + b"\n"
            late.check()
            place, ended = walk.place, walk.ended


class _Deadline:
    def __init__(self, clock: Clock) -> None:
        self._clock, self._end = clock, clock() + MAKING

    def check(self) -> None:
        if self._clock() > self._end:
            minutes = MAKING // timedelta(minutes=1)
            raise TooLarge(f"the range takes over {minutes} minutes to be read: export it in parts", field="since")


def _zipped(lines: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, wbits=GZIP)
    for line in lines:
        if packed := packer.compress(line):
            yield packed
    yield packer.flush()


def _record(tenant: str, id: str, backend: JournalBackend) -> ExportRecord:
    if ids.is_origin(id):
        try:
            return ExportRecord.model_validate_json(backend.blobs.get(_folder(tenant) + id + ".json"))
        except KeyError:
            pass
    raise NotFound(f"there is no export {id!r}; they are kept for a week", field="id")


def _keep(tenant: str, record: ExportRecord, backend: JournalBackend) -> None:
    backend.blobs.put(_folder(tenant) + record.id + ".json", record.model_dump_json().encode())


def _file(tenant: str, id: str) -> str:
    return f"{_folder(tenant)}{id}.ndjson.gz"


def _folder(tenant: str) -> str:
    return f"journal-exports/{tenant}/"
