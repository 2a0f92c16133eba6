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
            yield head.removesuffix(b"\r")
            head = other[: longest + 1]
    if head:
        yield head.removesuffix(b"\r")


def _bounded(head: bytes, more: bytes, longest: int) -> bytes:
    return head + more[: longest + 1 - len(head)]
