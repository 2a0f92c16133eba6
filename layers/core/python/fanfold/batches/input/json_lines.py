"""JSON Lines, and arrays in files that are called so: each element with the line that it begins in."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from fanfold.batches.input.remarks import Remarks
from fanfold.errors import Flaw

LONGEST_LINE = 4 * 1024 * 1024
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]')


class JsonPlace(NamedTuple):
    """Where a request stands: the line that it begins in, from 1, and how many requests came before it."""

    line: int
    row: int
    label: int
    """The number that names it if it has no id of its own."""


Found = tuple[JsonPlace, bytes | Flaw]


def json_lines(lines: Iterable[bytes], remarks: Remarks) -> Iterator[Found]:
    """The texts of the objects, or what is wrong with a line."""
    numbered = enumerate(lines, 1)
    row, first = 0, True
    for number, line in numbered:
        if not line or line.isspace():
            continue
        if first and line.lstrip().startswith(b"["):
            remarks.say("the file is a JSON array, not JSON Lines: its elements are the requests")
            for row, found in enumerate(_elements(number, line, numbered), 1):
                yield _placed(found[0], row - 1, row, found[1])
        else:
            short = len(line) <= LONGEST_LINE
            yield (JsonPlace(number, row, number), line) if short else _placed(number, row, number, line)
            row += 1
        first = False


def _placed(line: int, row: int, label: int, found: bytes | Flaw) -> Found:
    if isinstance(found, bytes) and len(found) > LONGEST_LINE:
        found = Flaw(line=line, detail=f"the line is longer than {LONGEST_LINE:,} bytes")
    return JsonPlace(line, row, label), found


def _elements(number: int, line: bytes, rest: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes | Flaw]]:
    """The elements of the array that begins in a line; behind its end the line has nothing more."""
    opened, depth, began, held = number, 0, number, b""
    while True:
        at = 0
        for token in TOKEN.finditer(line):
            depth += (token[0] in (b"[", b"{")) - (token[0] in (b"]", b"}"))
            if depth == 1 and token[0] == b"[" and not held and number == opened:
                at = token.end()
            elif (depth == 1 and token[0] == b",") or depth == 0:
                if element := (held + line[at : token.start()]).strip():
                    yield began, element
                held, at, began = b"", token.end(), number
            if depth == 0:
                if behind := line[at:].strip():
                    yield number, Flaw(line=number, detail=f"behind the end of the array is {behind[:40]!r}")
                return
        held = (held + line[at:] + b"\n")[: LONGEST_LINE + 1]
        if not held.strip():
            held, began = b"", number + 1
        number, line = next(rest, (0, b""))
        if not number:
            yield opened, Flaw(line=opened, detail="the array that begins here has no end")
            return
