"""Bytes that came in from a client: forms with a file, JSON bodies, and what a file holds."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from local.provider.problems import CallError, bad_request
from local.provider.strict_json import read_json

COPY_BYTES = 1024 * 1024


class Measured(NamedTuple):
    """A file's bytes, their SHA-256, and how many lines are not empty."""

    size: int
    sha256: str
    lines: int


@dataclass(frozen=True)
class Upload:
    """A form with one file, whose bytes are where `read_upload` was told to put them."""

    fields: dict[str, str]
    filename: str
    media_type: str
    measured: Measured


async def read_upload(request: Request, target: Path, largest: int) -> Upload:
    """The form, its part called `file` moved to `target`; starlette keeps it on disk on the way.

    A CallError (400) tells what is no form, has no file, or a file of over `largest` bytes; it comes only when all
    has been read, because a client that is still sending would not see an earlier answer.
    """
    try:
        async with request.form(max_files=1) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise bad_request("'file' is a required property", "file")
            if (file.size or 0) > largest:
                raise too_large(file.size or 0, largest)
            measured = await run_in_threadpool(_kept, file.file, target)
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            return Upload(fields, file.filename or "upload", file.content_type or "", measured)
    except HTTPException as error:
        raise bad_request(error.detail) from None


def too_large(size: int, largest: int) -> CallError:
    """The refusal of a file over the limit."""
    return CallError(400, f"File is too large: {size} bytes, the limit is {largest}.", "file_too_large", "file")


def measure(path: Path) -> Measured:
    """What the file holds, read once and a little at a time."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        return Measured(path.stat().st_size, digest, sum(1 for line in content if line.strip()))


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; CallError (400) if it is none."""
    try:
        body = read_json(await request.body())
    except ValueError:
        raise bad_request("We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise bad_request("The body of your request must be a JSON object.")
    return body


def _kept(source: BinaryIO, target: Path) -> Measured:
    with target.open("wb") as kept:
        shutil.copyfileobj(source, kept, COPY_BYTES)
    return measure(target)
