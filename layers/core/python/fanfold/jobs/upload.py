"""Upload: a place for a file that is too large for the API, before a job of any kind is made of it."""

from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, StringConstraints

from fanfold.ports import Blobs, Form

ENDINGS = "jsonl|ndjson|csv|tsv|tab|txt|json|xlsx|xlsm|parquet|pq|zip"
"""What files' names end in: of requests and of portfolios. Each service refuses what it does not read."""


class CreateUpload(BaseModel):
    """The body of `POST /v1/uploads`. The name's ending tells the format."""

    filename: Annotated[str, StringConstraints(max_length=124, pattern=rf"^[\w. -]+\.(?i:{ENDINGS})$")]


class Upload(BaseModel):
    """Send the file with the form, then make a job with this `upload`."""

    upload: str
    form: Form
    max_bytes: int


def create_upload(body: CreateUpload, tenant: str, blobs: Blobs, most: int) -> Upload:
    """A form for one file of at most `most` bytes."""
    name = f"{uuid4().hex}/{body.filename}"
    return Upload(upload=name, form=blobs.form(f"uploads/{tenant}/{name}", most), max_bytes=most)
