"""Lines of a file in whatever encoding as lines in UTF-8.

A byte order mark, or the zeros between letters, tells UTF-16. A line that is not UTF-8 is read as Windows-1252, unless
lines before it show that the file is UTF-8: then it is broken.
"""

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from fanfold.batches.input.remarks import Remarks

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
WESTERN = "windows-1252"
OTHERS = "as are others; `encoding` sets another"


def in_utf8(lines: Iterable[bytes], encoding: str | None, remarks: Remarks) -> Iterator[bytes]:
    """The lines, without a byte order mark; what is no text in the file's encoding is left as it is."""
    rest = iter(lines)
    first = next(rest, None)
    if first is None:
        return iter(())
    mark = next((mark for mark, _ in MARKS if first.startswith(mark)), b"")
    found = encoding or dict(MARKS).get(mark) or _by_zeros(first)
    lines = chain((first.removeprefix(mark),), rest)
    if found in (None, "utf-8"):
        return _mostly_utf8(lines, remarks) if encoding is None and not mark else iter(lines)
    if encoding is None:
        remarks.say(f"the file is read as {found}; `encoding` sets another")
    return _decoded(lines, found)


def _by_zeros(line: bytes) -> str | None:
    """UTF-16 without a mark, by the zeros beside the letters of ASCII."""
    head = line[:200]
    if head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > len(head) // 3 else None


def _mostly_utf8(lines: Iterable[bytes], remarks: Remarks) -> Iterator[bytes]:
    is_utf8 = foreign = False
    for number, line in enumerate(lines, 1):
        if line.isascii():
            yield line
            continue
        try:
            line.decode()
            is_utf8 = True
        except UnicodeDecodeError:
            if not is_utf8 and (western := _western(line)) is not None:
                if not foreign:
                    remarks.say(f"line {number} is not UTF-8: it is read as Windows-1252, {OTHERS}")
                foreign = True
                yield western
                continue
        yield line


def _western(line: bytes) -> bytes | None:
    try:
        return line.decode(WESTERN).encode()
    except UnicodeDecodeError:
        return None


def _decoded(lines: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Lines of an encoding in which a line end may have more than one byte: put together, decoded, and cut anew."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    text = ""
    for line in lines:
        text += decoder.decode(line + b"\n")
        *whole, text = text.split("\n")
        yield from (each.removesuffix("\r").removeprefix("\ufeff").encode(errors="replace") for each in whole)
    text += decoder.decode(b"", final=True)
    if text.strip("\ufffd\r\n\0"):
        yield text.removesuffix("\r").encode(errors="replace")
