"""Objects in memory."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from fanfold.lines import split_lines
from fanfold.ports import Form


class MemoryBlobs:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes | BinaryIO) -> None:
        self.objects[key] = body if isinstance(body, bytes) else body.read()

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        self.objects[key] = b"".join(parts)

    def get(self, key: str) -> bytes:
        return self.objects[key]

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self.objects[key][start : start + length]

    def lines(self, key: str, longest: int) -> Iterator[bytes]:
        return split_lines([self.objects[key]], longest)

    def size(self, key: str) -> int:
        return len(self.objects[key])

    def link(self, key: str, filename: str) -> str:
        return f"memory:{key}?filename={filename}"

    def form(self, key: str, max_bytes: int) -> Form:
        return Form(url="memory:", fields={"key": key, "max": str(max_bytes)})
