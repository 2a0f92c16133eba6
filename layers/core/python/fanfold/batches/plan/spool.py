"""The good lines of an input on their way through a file in `/tmp`.

Whether a custom_id is a repeat is known only when all have been seen. Before each stored line are the mark of its
custom_id, in hexadecimal digits, and one more digit for its model.
"""

import json
from binascii import hexlify
from collections.abc import Iterator
from typing import BinaryIO

from fanfold.batches.input.lines import ReadRequest, stored
from fanfold.errors import Flaw
from fanfold.jobs.rejects import Rejects
from fanfold.jobs.request_index import IdSorter

MARK, HEAD = 16, 17
"""Where the mark ends, and where the line begins."""


class LineSpool:
    """The lines in a file, and their ids."""

    def __init__(self, file: BinaryIO, ids: IdSorter) -> None:
        self.file, self.ids = file, ids
        self._models: dict[str, bytes] = {}
        self._taken = 0

    def add(self, request: ReadRequest) -> None:
        """The next line."""
        name = request.model
        model = self._models.get(name) or self._new(name)
        mark = self.ids.add(request.custom_id, self._taken, request.line)
        self.file.write(b"%b%b%b" % (hexlify(mark), model, stored(request)))
        self._taken += 1

    def model(self, digit: int) -> str:
        """The model that a digit stands for, as its letter's number."""
        return list(self._models)[int(chr(digit), 16)]

    def lines(self, rejects: Rejects) -> Iterator[bytes]:
        """The lines, but for those whose custom_id came before: they are rejected."""
        repeats = self.ids.repeats()
        repeat, ordinal = next(repeats, None), 0
        self.file.seek(0)
        while kept := self.file.readline():
            if repeat and ordinal == repeat[0]:
                rejects.add(_used_before(kept, *repeat[1:]))
                repeat = next(repeats, None)
            else:
                yield kept
            ordinal += 1

    def _new(self, model: str) -> bytes:
        return self._models.setdefault(model, b"%x" % len(self._models))


def _used_before(kept: bytes, line: int, first: int) -> Flaw:
    custom_id = json.loads(kept[HEAD:])["custom_id"]
    return Flaw(line=line, field="custom_id", detail=f"custom_id {custom_id!r} was used before, in line {first}")
