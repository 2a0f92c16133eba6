"""Files on their way to the service, and which have been sent already."""

import hashlib
import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from fanfold_client.calls import dumped
from fanfold_client.errors import NotFound, Refused, TooLarge

REMEMBERED_SECONDS = 30 * 24 * 3600
"""How long an upload is remembered: as long as a deployment keeps it, unless it says otherwise."""

Seen = Callable[[int, int | None], None]
"""Called with the bytes that are done, and how many there are if that is known."""


def unseen(done: int, total: int | None) -> None:
    """Nobody looks."""


def digest(file: Path, options: dict[str, Any]) -> str:
    """SHA-256 of the file and of what is asked of it: the idempotency key that makes a repetition the same job."""
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256")
    found.update(dumped(sorted(options.items())))
    return found.hexdigest()


class File(NamedTuple):
    """A file to send: its name tells the format by its ending."""

    path: Path
    name: str
    seen: Seen = unseen

    @property
    def fitting(self) -> str:
        """The name without what an upload's name may not have; its ending stays, for it tells the format."""
        path = Path(self.name)
        return re.sub(r"[^\w. -]", "_", path.stem)[-100:] + path.suffix

    def size(self) -> int:
        """Its bytes. Raises Refused if there are none, OSError."""
        size = self.path.stat().st_size
        if not size:
            raise Refused({"title": "Invalid input", "detail": f"{self.path} is empty"})
        return size

    def opened(self, most: int) -> "Watched":
        """Its content. Raises TooLarge if there is more than an upload may have."""
        if (size := self.size()) > most:
            detail = f"{self.path} has {size:,} bytes; an upload may have {most:,}: split it"
            raise TooLarge({"title": "Too large", "status": 413, "detail": detail})
        return Watched(self.path.open("rb", buffering=0), size, self.seen)


def of(path: str | Path, name: str | None, seen: Seen) -> File:
    """The file at the path, by its own name unless it is given another."""
    return File(Path(path), name or Path(path).name, seen)


class Watched(io.BufferedReader):
    """A file that tells how much of it has been read."""

    def __init__(self, file: io.FileIO, size: int, seen: Seen) -> None:
        super().__init__(file)
        self._size, self._seen = size, seen

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(size)
        self._seen(self.tell(), self._size)
        return part


class Remembered:
    """The names of uploads by what they are for: in a folder, a small file each; without one, as long as this lives."""

    def __init__(self, whose: str, folder: Path | None = None) -> None:
        self._whose, self._folder = whose, folder
        self._held: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        if self._folder is None:
            return self._held.get(key)
        place = self._place(self._folder, key)
        return place.read_text() if place.exists() else None

    def put(self, key: str, upload: str) -> None:
        if self._folder is None:
            self._held |= {key: upload} if key else {}
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.iterdir():
            if old.stat().st_mtime < time.time() - REMEMBERED_SECONDS:
                old.unlink(missing_ok=True)
        self._place(self._folder, key).write_text(upload)

    def _place(self, folder: Path, key: str) -> Path:
        return folder / hashlib.sha256(f"{self._whose}\0{key}".encode()).hexdigest()[:40]


def is_gone(error: NotFound) -> bool:
    """Whether it is the upload that is not there."""
    return not error.flaws or error.flaws[0].get("field") == "upload"
