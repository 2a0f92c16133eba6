"""Lines out of a stream of bytes, in bounded memory."""

from collections.abc import Iterable, Iterator


def split_lines(parts: Iterable[bytes], longest: int) -> Iterator[bytes]:
    """The lines of a stream, without `\\n` or `\\r\\n`.

    A line of more than `longest` bytes comes cut to `longest` + 1, so that the caller can tell and the rest of a
    line without end is never held.
    """
    head = b""
    for part in parts:
        first, *others = part.split(b"\n")
        head = _bounded(head, first, longest)
        for other in others:
            yield _ended(head, longest)
            head = _bounded(b"", other, longest)
    if head:
        yield _ended(head, longest)


def _bounded(head: bytes, more: bytes, longest: int) -> bytes:
    """One byte more than is shown: a `\\r` in the last place may be the line's end."""
    return head + more[: longest + 2 - len(head)]


def _ended(line: bytes, longest: int) -> bytes:
    return line.removesuffix(b"\r")[: longest + 1]
