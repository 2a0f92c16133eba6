"""Files that were sent through a surface: objects among the tenant's uploads, whose names say all there is to know.

So a file costs the one write that its object is. An id begins with its time, turned round: names in order are files
newest first.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from secrets import randbits
from typing import NamedTuple
from urllib.parse import quote, unquote

from fanfold.batches.backend import BatchBackend
from fanfold.errors import NotFound
from fanfold.ids import ALPHABET, base32

PREFIX = "file-"
ENDING = ".jsonl"
LAST_MS = 32**9 - 1
ID = re.compile(rf"{PREFIX}([{ALPHABET}]{{9}})([{ALPHABET}]{{5}})[{ALPHABET}]{{12}}")
LONGEST_NAME = 200
FIRST_LINE = 64 * 1024
BEHIND = "0"
"""The sign after the slash: behind all objects of a file."""


class StoredFile(NamedTuple):
    """A file as its object's name has it."""

    id: str
    name: str
    bytes: int
    created_at: datetime
    expires_at: datetime

    @property
    def upload(self) -> str:
        """What a batch names it by."""
        return f"{self.id}/{quote(self.name, safe=' ')}{ENDING}"

    def key(self, tenant: str) -> str:
        """Its object."""
        return f"uploads/{tenant}/{self.upload}"


def new_file(name: str, size: int, seconds: int | None, backend: BatchBackend) -> StoredFile:
    """A file that is still to be sent; it is kept for so many seconds, at most as long as all uploads."""
    now = backend.clock()
    age = base32(LAST_MS - int(now.timestamp() * 1000), 9)
    id = f"{PREFIX}{age}{base32(seconds or 0, 5)}{base32(randbits(60), 12)}"
    return known(id, name[:LONGEST_NAME] or "file", size, backend)


def store(body: bytes, name: str, seconds: int | None, tenant: str, backend: BatchBackend) -> StoredFile:
    """A new file of these bytes."""
    made = new_file(name, len(body), seconds, backend)
    backend.blobs.put(made.key(tenant), body)
    return made


def file(tenant: str, id: str, backend: BatchBackend) -> StoredFile:
    """The file. Raises NotFound, also for one that has expired."""
    found = next(_under(tenant, id, "", backend), None) if ID.fullmatch(id) else None
    if found is None or found.expires_at <= backend.clock():
        raise NotFound(f"there is no file {id!r}", field="id")
    return found


def files(tenant: str, backend: BatchBackend, after: str = "") -> Iterator[StoredFile]:
    """All files, newest first, or those behind one; what has expired is not among them."""
    found = _under(tenant, PREFIX, after + BEHIND if after else "", backend)
    return (each for each in found if each.expires_at > backend.clock())


def remove(tenant: str, id: str, backend: BatchBackend) -> None:
    """Forget the file. Raises NotFound."""
    backend.blobs.remove_under(file(tenant, id, backend).key(tenant))


def first_line(tenant: str, found: StoredFile, longest: int, backend: BatchBackend) -> bytes:
    """The first line of the file that holds anything, or its beginning if that is long."""
    for length in (FIRST_LINE, longest):
        head = backend.blobs.get_range(found.key(tenant), 0, min(length, found.bytes)).lstrip()
        line, end, _ = head.partition(b"\n")
        if end or length >= found.bytes:
            return line
    return line


def _under(tenant: str, prefix: str, after: str, backend: BatchBackend) -> Iterator[StoredFile]:
    place = f"uploads/{tenant}/"
    for blob in backend.blobs.under(place + prefix, place + after if after else ""):
        id, _, name = blob.key.removeprefix(place).partition("/")
        if ID.fullmatch(id):
            yield known(id, unquote(name.removesuffix(ENDING)), blob.size, backend)


def known(id: str, name: str, size: int, backend: BatchBackend) -> StoredFile:
    """A file of which all that its id does not tell is known."""
    age, kept = id[len(PREFIX) :][:9], id[len(PREFIX) + 9 :][:5]
    created = datetime.fromtimestamp((LAST_MS - _number(age)) / 1000, UTC)
    most = timedelta(days=backend.settings.retention_days)
    seconds = _number(kept)
    return StoredFile(id, name, size, created, created + (min(timedelta(seconds=seconds), most) if seconds else most))


def _number(text: str) -> int:
    number = 0
    for sign in text:
        number = number * 32 + ALPHABET.index(sign)
    return number
