"""What Gemini's SDK sends, with the names that it has on the wire."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from fanfold.dropin.options import OurOptions


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", populate_by_name=True)


class InlinedRequest(_Wire):
    """A request in the call itself; its answer has the same metadata."""

    request: dict[str, Any]
    metadata: dict[str, Any] | None = None


class InlinedRequests(_Wire):
    requests: Annotated[list[InlinedRequest], Field(min_length=1)]


class InputConfig(_Wire):
    """Where the requests are: exactly one of the two."""

    requests: InlinedRequests | None = None
    file_name: str | None = None


class BatchAsked(_Wire):
    display_name: str | None = None
    input_config: InputConfig
    priority: str | None = None
    """Google's own, a number as text: batches here have ours, beside `batch`."""


class GeminiCreate(OurOptions):
    """The body of `POST /gemini/{version}/models/{model}:batchGenerateContent`."""

    batch: BatchAsked


class FileAsked(BaseModel):
    """What is said of a file before it is sent."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    name: str | None = None
    display_name: str | None = None
    mime_type: str | None = None


class UploadAsked(BaseModel):
    """The body of `POST /gemini/upload/{version}/files`."""

    file: FileAsked = FileAsked()
