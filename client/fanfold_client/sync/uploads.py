# Made by `make client` of aio/uploads.py: do not edit.
"""Sending a file: streamed from the disk to a presigned form, and not sent twice for the same job."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from fanfold_client.errors import NotFound
from fanfold_client.files import File, Remembered, is_gone
from fanfold_client.models import Upload
from fanfold_client.sync.connection import Connection

T = TypeVar("T")


def send(connection: Connection, file: File, path: str = "/v1/uploads") -> str:
    """Upload the file with a form of the route; the name it now has there.

    Raises TooLarge, Refused, Unreachable, OSError.
    """
    file.size()
    upload = connection.post(Upload, path, {"filename": file.fitting})
    with file.opened(upload.max_bytes) as body:
        connection.retrying(
            lambda: connection.storage.post(
                upload.form.url, data=upload.form.fields, files={"file": ("file", body)}, timeout=300
            ),
            upload.form.url,
        )
    return upload.upload


class Uploads:
    """What has been sent, by what it is for, so that a call that broke can be repeated without sending again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._whose = f"{connection.url}\0{connection.key}"
        self._held = Remembered(self._whose)

    def use(self, key: str, file: File, call: Callable[[str], T], remember: str | Path | None = None) -> T:
        """The call with the file's upload: one that was sent before under this key, if it is still there."""
        known = Remembered(self._whose, Path(remember)) if remember else self._held
        if upload := known.get(key):
            try:
                return call(upload)
            except NotFound as error:
                if not is_gone(error):
                    raise
        upload = send(self._connection, file)
        known.put(key, upload)
        return call(upload)
