"""An object of the cloud's as a file, so that readers take it as they take one on disk."""

from io import SEEK_CUR, SEEK_END, SEEK_SET, RawIOBase
from typing import TYPE_CHECKING

from fanfold.ports import Blobs

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class ObjectFile(RawIOBase):
    """Reads an object by ranges: each read is a GET, so put a `BufferedReader` of a megabyte or more around it.

    Raises KeyError if there is no such object.
    """

    def __init__(self, blobs: Blobs, key: str) -> None:
        self._blobs, self._key, self._at = blobs, key, 0
        self._size = blobs.size(key)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = max({SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence] + offset, 0)
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer).cast("B")
        wanted = min(len(room), self._size - self._at)
        if wanted <= 0:
            return 0
        part = self._blobs.get_range(self._key, self._at, wanted)
        room[: len(part)] = part
        self._at += len(part)
        return len(part)
