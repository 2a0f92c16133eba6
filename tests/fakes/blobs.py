"""Objects in memory, and the two things that outsiders do with them: follow a link, send a form."""

from collections.abc import Iterable, Iterator
from hashlib import md5, sha256
from pathlib import Path
from typing import BinaryIO

from fanfold.lines import split_lines
from fanfold.ports import Blob, UploadForm

PART = 1024


def etag_of(body: bytes) -> str:
    """What S3 calls an object that was put in one piece."""
    return md5(body, usedforsecurity=False).hexdigest()


class MemoryBlobs:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes | BinaryIO) -> None:
        self.objects[key] = bytes(body) if isinstance(body, bytes | bytearray) else body.read()

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        self.objects[key] = b"".join(parts)

    def get(self, key: str) -> bytes:
        return self.objects[key]

    def get_range(self, key: str, start: int, length: int) -> bytes:
        if start >= len(self.objects[key]) or length < 1:
            raise ValueError("S3 answers 416 to a range outside of the object")
        return self.objects[key][start : start + length]

    def lines(self, key: str, longest: int) -> Iterator[bytes]:
        body = self.objects[key]
        return split_lines((body[start : start + PART] for start in range(0, len(body), PART)), longest)

    def fetch(self, key: str, to: Path) -> None:
        to.write_bytes(self.objects[key])

    def size(self, key: str) -> int:
        return len(self.objects[key])

    def under(self, prefix: str, after: str = "") -> Iterator[Blob]:
        found = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        return (Blob(key, len(self.objects[key])) for key in found)

    def version(self, key: str) -> str:
        return sha256(self.objects[key]).hexdigest()

    def copy(self, key: str, to: str) -> None:
        self.objects[to] = self.objects[key]

    def remove_if(self, key: str, etag: str) -> bool:
        same = key in self.objects and etag_of(self.objects[key]) == etag
        if same:
            del self.objects[key]
        return same

    def remove_under(self, prefix: str) -> None:
        for key in [key for key in self.objects if key.startswith(prefix)]:
            del self.objects[key]

    def link(self, key: str, filename: str) -> str:
        return f"memory:{key}?filename={filename}"

    def form(self, key: str, max_bytes: int) -> UploadForm:
        return UploadForm(url="memory:", fields={"key": key, "max": str(max_bytes)})

    def follow(self, link: str) -> bytes:
        """What a link downloads."""
        return self.objects[link.removeprefix("memory:").partition("?")[0]]

    def receive(self, form: UploadForm, body: bytes) -> bool:
        """Send a file with a form; False if it is refused."""
        taken = 1 <= len(body) <= int(form.fields["max"])
        if taken:
            self.objects[form.fields["key"]] = body
        return taken
