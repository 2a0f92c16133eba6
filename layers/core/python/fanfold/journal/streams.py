"""Streams of a tenant, and how long each is kept."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fanfold.errors import Forbidden
from fanfold.journal import ids
from fanfold.journal.backend import JournalBackend
from fanfold.journal.entry import JOBS, Stream
from fanfold.ports import Item
from fanfold.problems import invalid

NAME = TypeAdapter(Stream)


class KeepStream(BaseModel):
    """The body of `PUT /v1/logs/streams/{stream}`."""

    model_config = ConfigDict(extra="forbid")

    retention_days: Annotated[int, Field(ge=1, le=3650)]


class StreamView(BaseModel):
    """A stream. `since` is the hour of its oldest entries, or an earlier one."""

    stream: str
    retention_days: int
    since: str


class Streams(BaseModel):
    streams: list[StreamView]


def list_streams(tenant: str, backend: JournalBackend) -> Streams:
    """All streams that ever had an entry or a retention."""
    return Streams(streams=[_view(item, backend) for item in backend.places.of(tenant)])


def keep_stream(tenant: str, stream: str, keep: KeepStream, backend: JournalBackend) -> StreamView:
    """Set how long entries of the stream are kept, those that are there too.

    Raises Invalid for a bad name, and Forbidden if the stream of job events is to be kept for less than the operator's.
    """
    try:
        NAME.validate_python(stream)
    except ValidationError as error:
        raise invalid(error, "a stream is named with small letters, digits, dots, dashes") from None
    if stream == JOBS and keep.retention_days < backend.settings.journal_retention_days:
        said = f"the stream {JOBS} is kept for {backend.settings.journal_retention_days} days at least, by the operator"
        raise Forbidden(said, field="retention_days")
    backend.places.keep(tenant, stream, keep.retention_days, ids.hour(backend.clock()))
    kept = backend.places.stream(tenant, stream)
    return _view(kept or {"sk": stream, "open_since": ids.hour(backend.clock())}, backend)


def _view(item: Item, backend: JournalBackend) -> StreamView:
    days = item.get("retention_days") or backend.settings.journal_retention_days
    return StreamView(stream=item["sk"], retention_days=days, since=f"{item['open_since']}:00:00Z")
