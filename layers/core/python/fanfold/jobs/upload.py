"""Upload: a place for a file that is too large for the API, before a job of any kind is made of it."""

from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, StringConstraints

from fanfold.errors import Conflict, NotFound
from fanfold.ports import Blobs, UploadForm

ENDINGS = "jsonl|ndjson|csv|tsv|tab|txt|json|xlsx|xlsm|parquet|pq|zip"
"""What files' names end in: of requests and of portfolios. Each service refuses what it does not read."""


class CreateUpload(BaseModel):
    """The body of `POST /v1/uploads`. The name's ending tells the format."""

    filename: Annotated[str, StringConstraints(max_length=124, pattern=rf"^[\w. -]+\.(?i:{ENDINGS})$")]


class Upload(BaseModel):
    """Send the file with the form, then make a job with this `upload`."""

    upload: str
    form: UploadForm
    max_bytes: int


def create_upload(body: CreateUpload, tenant: str, blobs: Blobs, most: int) -> Upload:
    """A form for one file of at most `most` bytes."""
    name = f"{uuid4().hex}/{body.filename}"
    return Upload(upload=name, form=blobs.form(f"uploads/{tenant}/{name}", most), max_bytes=most)


def find_upload(tenant: str, upload: str, blobs: Blobs) -> tuple[str, str]:
    """The key and the version of what was sent. Raises NotFound, Conflict if it is empty."""
    key = f"uploads/{tenant}/{upload}"
    try:
        size, version = blobs.size(key), blobs.version(key)
    except KeyError:
        raise NotFound(f"there is no upload {upload!r}; was the file sent?", field="upload") from None
    if size == 0:
        raise Conflict(f"the upload {upload!r} is empty", field="upload")
    return key, version
