"""Text out of bytes: which encoding, and lines of it in bounded memory."""

import codecs
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from fanfold.errors import Flaw, Invalid

FIRST, PART = 32 * 1024, 256 * 1024
LONGEST = 8 * 1024 * 1024
"""Bytes of a line."""
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Lines:
    """The text of a file in parts that end where a line does; `foreign` is the first line that was not UTF-8.

    Without an encoding told, a mark at the beginning or zeros in every other byte say UTF-16, else a line that is
    not UTF-8 is taken for Windows-1252. Raises Invalid for an encoding that does not fit.
    """

    def __init__(self, file: BinaryIO, encoding: str | None = None) -> None:
        self._parts = chain(filter(None, [file.read(FIRST)]), iter(lambda: file.read(PART), b""))
        self._encoding = encoding
        self.foreign = 0
        self._line = 1

    def __iter__(self) -> Iterator[str]:
        first = next(self._parts, b"")
        encoding = self._encoding or _marked(first)
        parts = self._chained(first)
        if encoding is not None:
            parts = self._transcoded(parts, encoding)
        for whole in self._whole(_unix(parts)):
            text = self._decoded(whole)
            self._line += whole.count(b"\n")
            yield text

    def _whole(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        """Parts cut at ends of lines."""
        head = b""
        for part in parts:
            cut = part.rfind(b"\n") + 1
            if cut:
                yield head + part[:cut]
                head = part[cut:]
            else:
                head += part
            if len(head) > LONGEST:
                line = self._line
                raise Invalid(
                    f"line {line} is longer than {LONGEST:,} bytes", Flaw(line=line, detail="the line is too long")
                )
        if head:
            yield head

    def _chained(self, first: bytes) -> Iterator[bytes]:
        yield first
        yield from self._parts

    def _decoded(self, part: bytes) -> str:
        try:
            return part.decode()
        except UnicodeDecodeError:
            lines = part.split(b"\n")
            return "\n".join(self._foreign(number, line) for number, line in enumerate(lines, self._line))

    def _foreign(self, number: int, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.foreign = self.foreign or number
        try:
            return line.decode("cp1252")
        except UnicodeDecodeError:
            return line.decode("latin-1")

    def _transcoded(self, parts: Iterator[bytes], encoding: str) -> Iterator[bytes]:
        try:
            decoder = codecs.getincrementaldecoder(encoding)()
            for part in parts:
                yield decoder.decode(part).encode(errors="replace")
            yield decoder.decode(b"", final=True).encode(errors="replace")
        except (UnicodeError, LookupError) as error:
            raise Invalid(f"the input is not {encoding}: {error}", field="encoding") from error


def _marked(first: bytes) -> str | None:
    for mark, encoding in MARKS:
        if first.startswith(mark):
            return encoding
    sample = first[:2000]
    if len(sample) >= 4 and sample.count(0) > len(sample) // 4:
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    return None


def _unix(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Line ends of old Macs (`\\r` alone) as `\\n`, if the first part has no other."""
    mac: bool | None = None
    for part in parts:
        if mac is None and part:
            mac = b"\r" in part[:-1] and b"\n" not in part
        yield part.replace(b"\r", b"\n") if mac else part


def characters(file: BinaryIO, encoding: str | None = None) -> Iterator[str]:
    """The text of a file in parts, as UTF-8 without another mark or word. Raises Invalid where it is not."""
    first = file.read(PART)
    used = encoding or _marked(first) or "utf-8"
    try:
        decoder = codecs.getincrementaldecoder(used)()
        part = first
        while part:
            if text := decoder.decode(part):
                yield text
            part = file.read(PART)
        yield decoder.decode(b"", final=True)
    except (UnicodeError, LookupError) as error:
        raise Invalid(f"the input is not {used}: {error}", field="encoding") from error
