"""Lines out of a stream of bytes, in bounded memory."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def split_lines(parts: Iterable[bytes], longest: int) -> Iterator[bytes]:
    """The lines of a stream, without `\\n` or `\\r\\n`.

    A line of more than `longest` bytes comes cut to `longest` + 1, so that the caller can tell and the rest of a
    line without end is never held.
    """
    head = b""
    for part in parts:
        *whole, rest = part.split(b"\n")
        if whole:
            whole[0] = _bounded(head, whole[0], longest)
            head = b""
        for line in whole:
            yield line.removesuffix(b"\r")[: longest + 1]
        head = _bounded(head, rest, longest)
    if head:
        yield head.removesuffix(b"\r")[: longest + 1]


def _bounded(head: bytes, more: bytes, longest: int) -> bytes:
    """One byte more than is shown: a `\\r` in the last place may be the line's end."""
    return head + more[: longest + 2 - len(head)]


def parse_json(line: bytes) -> Any:
    """A line of JSON whose texts can be written as UTF-8: half of a surrogate pair becomes `?`. Raises ValueError."""
    found = json.loads(line)
    if SURROGATE.search(line) is None:
        return found
    return json.loads(json.dumps(found, ensure_ascii=False).encode(errors="replace"))
