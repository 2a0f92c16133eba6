"""What is downloaded through a surface: itself if it is small, else a place, or as much as a function can hand out."""

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.views.download import DownloadOptions, download, form_of, whole
from fanfold.errors import Conflict, TooLarge

MOST_PACKED_BYTES = 64 * 1024 * 1024
"""What a function reads to hand it out packed: text of answers is a tenth of that then, mostly."""


class Content(BaseModel):
    """A file's bytes, or where they are."""

    body: bytes | None = None
    url: str | None = None


def content(job: BatchJob, format: str, bearer: bool, backend: BatchBackend) -> Content:
    """The results of a batch in a form. Raises Conflict while that is made, and TooLarge for callers without
    `Authorization`, whose SDK would send their key on to where a redirect leads.
    """
    body = whole(job, format, backend)
    if body is not None:
        return Content(body=body)
    url = download(job.ref, DownloadOptions(format=format), backend)
    if url is None:
        raise Conflict("the file is being made: ask again", field="id")
    if bearer:
        return Content(url=url)
    made = form_of(job, format, backend)
    if made.size > MOST_PACKED_BYTES:
        said = f"the results have {made.size:,} bytes: take them with `Authorization: Bearer`"
        raise TooLarge(said, field="Authorization")
    return Content(body=backend.blobs.get(made.key))
