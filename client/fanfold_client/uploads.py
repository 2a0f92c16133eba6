"""Sending a file: streamed from the disk to a presigned form, and not sent twice for the same job."""

import hashlib
import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from fanfold_client.connection import Connection, dumped
from fanfold_client.errors import NotFound, Refused, TooLarge
from fanfold_client.shapes.answer import Upload

REMEMBERED_SECONDS = 30 * 24 * 3600
"""How long an upload is remembered: as long as a deployment keeps it, unless it says otherwise."""

T = TypeVar("T")
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


def send(connection: Connection, file: File) -> str:
    """Upload the file; the name it now has there. Raises TooLarge, Refused, Unreachable, OSError."""
    return send_to(connection, "/v1/uploads", file)


def send_to(connection: Connection, path: str, file: File) -> str:
    """Upload the file with a form of the route; the name it now has there."""
    size = file.path.stat().st_size
    if not size:
        raise Refused({"title": "Invalid input", "detail": f"{file.path} is empty"})
    upload = connection.post(Upload, path, dumped({"filename": fitting(file.name)}))
    if size > upload.max_bytes:
        detail = f"{file.path} has {size:,} bytes; an upload may have {upload.max_bytes:,}: split it"
        raise TooLarge({"title": "Too large", "status": 413, "detail": detail})
    with Watched(file.path.open("rb", buffering=0), size, file.seen) as body:
        connection.retrying(
            lambda: connection.storage.post(
                upload.form.url, data=upload.form.fields, files={"file": ("file", body)}, timeout=300
            ),
            upload.form.url,
        )
    return upload.upload


def fitting(name: str) -> str:
    """The name without what an upload's name may not have; its ending stays, for it tells the format."""
    path = Path(name)
    return re.sub(r"[^\w. -]", "_", path.stem)[-100:] + path.suffix


class Watched(io.BufferedReader):
    """A file that tells how much of it has been read."""

    def __init__(self, file: io.FileIO, size: int, seen: Seen) -> None:
        super().__init__(file)
        self._size, self._seen = size, seen

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(size)
        self._seen(self.tell(), self._size)
        return part


class Uploads:
    """What has been sent, by what it is for, so that a call that broke can be repeated without sending again.

    In a folder, a small file each; without one, for as long as this lives.
    """

    def __init__(self, connection: Connection, folder: Path | None = None) -> None:
        self._connection, self._folder = connection, folder
        self._held: dict[str, str] = {}

    def use(self, key: str, file: File, call: Callable[[str], T]) -> T:
        """The call with the file's upload: one that was sent before under this key, if it is still there."""
        if known := self._get(key):
            try:
                return call(known)
            except NotFound as error:
                if error.flaws and error.flaws[0].get("field") != "upload":
                    raise
        upload = send(self._connection, file)
        self._put(key, upload)
        return call(upload)

    def _get(self, key: str) -> str | None:
        if self._folder is None:
            return self._held.get(key)
        place = self._place(self._folder, key)
        return place.read_text() if place.exists() else None

    def _put(self, key: str, upload: str) -> None:
        if self._folder is None:
            self._held |= {key: upload} if key else {}
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.iterdir():
            if old.stat().st_mtime < time.time() - REMEMBERED_SECONDS:
                old.unlink(missing_ok=True)
        self._place(self._folder, key).write_text(upload)

    def _place(self, folder: Path, key: str) -> Path:
        whose = f"{self._connection.url}\0{self._connection.key}\0{key}"
        return folder / hashlib.sha256(whose.encode()).hexdigest()[:40]
