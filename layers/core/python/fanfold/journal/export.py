"""Export: what passes, as one gzipped file of lines, newest first."""

import zlib
from collections.abc import Iterator
from hashlib import sha256

from fanfold.errors import TooLarge
from fanfold.journal import ids
from fanfold.journal.backend import Backend
from fanfold.journal.filters import LogFilter, LogFilters
from fanfold.journal.read import END, MOST_OBJECTS, LogWalk, span

MOST_LINES = 500_000
"""Entries that one export looks at; it has to be written while its caller waits."""
ROUNDS = 40
GZIP = 31


class EntryExport(LogFilters):
    """What to export: the filters of a listing."""


def export(tenant: str, wanted: EntryExport, backend: Backend) -> str:
    """A URL of the file, for a while. Raises TooLarge if more than 500,000 entries have to be looked at."""
    name = sha256(f"{wanted.model_dump_json()}{ids.origin(backend.clock())}".encode()).hexdigest()[:20]
    key = f"journal-exports/{tenant}/{name}.ndjson.gz"
    backend.blobs.put_stream(key, _zipped(_lines(tenant, wanted, backend)))
    return backend.blobs.link(key, "entries.ndjson.gz")


def _lines(tenant: str, wanted: LogFilters, backend: Backend) -> Iterator[bytes]:
    sieve = LogFilter(wanted)
    place, looked = END, 0
    for _ in range(ROUNDS):
        walk = LogWalk(tenant, sieve, place, backend)
        for line in walk.lines(*span(wanted, backend)):
            looked += 1
            if looked > MOST_LINES:
                raise TooLarge(_too_many(), field="since")
            if sieve.passed(line):
                yield line + b"\n"
        if walk.ended:
            return
        place = walk.place
    raise TooLarge(_too_many(), field="since")


def _too_many() -> str:
    return f"the range has over {MOST_LINES:,} entries or {ROUNDS * MOST_OBJECTS:,} objects: export it in parts"


def _zipped(lines: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, wbits=GZIP)
    for line in lines:
        if packed := packer.compress(line):
            yield packed
    yield packer.flush()
