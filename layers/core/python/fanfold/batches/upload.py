"""Upload: a place for a file that is too large for the API, before the batch is made of it."""

from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, StringConstraints

from fanfold.batches.backend import Backend
from fanfold.ports import Form


class CreateUpload(BaseModel):
    """The body of `POST /v1/uploads`. The name's ending tells the format: `.jsonl` or `.csv`."""

    filename: Annotated[str, StringConstraints(max_length=124, pattern=r"^[\w. -]+\.(?i:jsonl|ndjson|csv)$")]


class Upload(BaseModel):
    """Send the file with the form, then make a batch with this `upload`."""

    upload: str
    form: Form
    max_bytes: int


def create_upload(body: CreateUpload, tenant: str, backend: Backend) -> Upload:
    """A form for one file of at most `max_bytes`."""
    name, most = f"{uuid4().hex}/{body.filename}", backend.settings.max_upload_bytes
    return Upload(upload=name, form=backend.blobs.form(f"uploads/{tenant}/{name}", most), max_bytes=most)
