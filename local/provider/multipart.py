"""Reading a multipart/form-data body (RFC 7578) as it arrives, so that an upload never sits in memory."""

import hashlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import BinaryIO

from local.provider.problems import CallError, bad_request

Take = Callable[[bytes], None]
LARGEST_FIELD = 64 * 1024
LARGEST_HEAD = 16 * 1024


@dataclass
class Upload:
    """A form with one file: its size in bytes, its SHA-256 and its count of non-empty lines.

    The bytes are in the file `read_upload` was given.
    """

    fields: dict[str, str] = field(default_factory=dict)
    filename: str | None = None
    size: int = 0
    lines: int = 0
    sha256: str = ""


async def read_upload(body: AsyncIterator[bytes], content_type: str, target: Path, largest: int) -> Upload:
    """Streams the part called `file` to `target`, and returns the form.

    Past `largest` bytes the rest is read and thrown away, then a CallError (400) says so: a client that is still
    sending would not see an earlier answer. A body that is not a whole form is a CallError too.
    """
    found = re.search(r'boundary="?([^";,]+)"?', content_type)
    if not content_type.startswith("multipart/form-data") or not found:
        raise bad_request("the request must be multipart/form-data with a boundary")
    with target.open("wb") as sink:
        parser = _Parser(found.group(1).encode(), sink, largest)
        async for chunk in body:
            parser.feed(chunk)
    return parser.finish()


class _Parser:
    """Bytes in, parts out. The buffer holds at most one chunk and what may be half a boundary."""

    def __init__(self, boundary: bytes, sink: BinaryIO, largest: int) -> None:
        self._delimiter = b"\r\n--" + boundary
        # The first boundary has no line end before it: lending it one makes all boundaries alike.
        self._buffer = b"\r\n"
        self._sink = sink
        self._largest = largest
        self._hash = hashlib.sha256()
        self._line_has_text = False
        self._upload = Upload()
        self._field: str | None = None
        self._value = b""
        self._step = self._skip_to_part
        self._ended = False

    def feed(self, chunk: bytes) -> None:
        self._buffer += chunk
        while self._step():
            pass

    def finish(self) -> Upload:
        if not self._ended:
            raise bad_request("the multipart body ends too early")
        if self._upload.size > self._largest:
            message = f"File is too large: {self._upload.size} bytes, the limit is {self._largest}."
            raise CallError(400, message, "file_too_large", "file")
        self._upload.lines += self._line_has_text
        self._upload.sha256 = self._hash.hexdigest()
        return self._upload

    def _skip_to_part(self) -> bool:
        """Between parts: everything up to a boundary is of no interest."""
        return self._until_delimiter(lambda _data: None)

    def _read_head(self) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer.startswith(b"--"):
            self._ended, self._step = True, self._ignore
            return True
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            if len(self._buffer) > LARGEST_HEAD:
                raise bad_request("a part's headers are too long")
            return False
        self._buffer = rest
        self._open_part(head)
        return True

    def _open_part(self, head: bytes) -> None:
        message = Message()
        for line in head.decode("utf-8", "replace").strip().splitlines():
            name, _, value = line.partition(":")
            message[name] = value.strip()
        self._field = str(message.get_param("name", "", "content-disposition"))
        if self._field == "file":
            self._upload.filename = message.get_filename("upload")
            self._step = self._read_file
        else:
            self._value, self._step = b"", self._read_field

    def _read_file(self) -> bool:
        return self._until_delimiter(self._write)

    def _read_field(self) -> bool:
        is_over = self._until_delimiter(self._collect)
        if is_over and self._field:
            self._upload.fields[self._field] = self._value.decode("utf-8", "replace")
        return is_over

    def _ignore(self) -> bool:
        self._buffer = b""
        return False

    def _until_delimiter(self, take: Take) -> bool:
        data, mark, rest = self._buffer.partition(self._delimiter)
        if mark:
            take(data)
            self._buffer, self._step = rest, self._read_head
            return True
        safe = max(0, len(self._buffer) - len(self._delimiter))
        take(self._buffer[:safe])
        self._buffer = self._buffer[safe:]
        return False

    def _collect(self, data: bytes) -> None:
        self._value += data
        if len(self._value) > LARGEST_FIELD:
            raise bad_request(f"the field {self._field} is too long", self._field)

    def _write(self, data: bytes) -> None:
        self._upload.size += len(data)
        if self._upload.size > self._largest:
            return
        self._sink.write(data)
        self._hash.update(data)
        self._count_lines(data)

    def _count_lines(self, data: bytes) -> None:
        first, *others = data.split(b"\n")
        self._line_has_text |= bool(first.strip())
        for line in others:
            self._upload.lines += self._line_has_text
            self._line_has_text = bool(line.strip())
