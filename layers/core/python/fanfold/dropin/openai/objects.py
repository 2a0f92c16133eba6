"""OpenAI's objects, with the fields and the words that its SDK reads."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.input.line_fields import URLS
from fanfold.dropin.options import OurOptions

Seconds = Annotated[int, Field(ge=3600, le=2_592_000)]
ENDPOINTS = tuple(URLS)
"""What the lines of a batch may ask."""
PURPOSE = "batch"


class ExpiresAfter(BaseModel):
    """When a file goes."""

    model_config = ConfigDict(extra="forbid")

    anchor: Literal["created_at"]
    seconds: Seconds


class OpenAIFile(BaseModel):
    """A file: https://platform.openai.com/docs/api-reference/files/object."""

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    expires_at: int | None
    filename: str
    purpose: Literal["batch", "batch_output"]
    status: Literal["processed"] = "processed"
    status_details: None = None


class OpenAIFiles(BaseModel):
    """A page of files."""

    object: Literal["list"] = "list"
    data: list[OpenAIFile]
    first_id: str | None
    last_id: str | None
    has_more: bool


class OpenAIDeleted(BaseModel):
    """What was deleted."""

    id: str
    object: str = "file"
    deleted: Literal[True] = True


class OpenAICreate(OurOptions):
    """The body of `POST /openai/v1/batches`."""

    input_file_id: str
    endpoint: str
    completion_window: Annotated[str, Field(pattern=r"^[1-9]\d{0,3}h$")]
    metadata: dict[str, str] | None = None
    output_expires_after: ExpiresAfter | None = None


class RequestCounts(BaseModel):
    total: int
    completed: int
    failed: int


class LineError(BaseModel):
    code: str
    line: int | None
    message: str
    param: str | None


class LineErrors(BaseModel):
    object: Literal["list"] = "list"
    data: list[LineError]


class OpenAIBatch(BaseModel):
    """A batch: https://platform.openai.com/docs/api-reference/batch/object."""

    id: str
    object: Literal["batch"] = "batch"
    endpoint: str
    model: str | None
    errors: LineErrors | None
    input_file_id: str
    completion_window: str
    status: str
    output_file_id: str | None
    error_file_id: str | None
    created_at: int
    in_progress_at: int | None
    expires_at: int
    finalizing_at: int | None
    completed_at: int | None
    failed_at: int | None
    expired_at: int | None
    cancelling_at: int | None
    cancelled_at: int | None
    request_counts: RequestCounts
    usage: dict[str, Any]
    metadata: dict[str, str] | None


class OpenAIBatchPage(BaseModel):
    """A page of batches."""

    object: Literal["list"] = "list"
    data: list[OpenAIBatch]
    first_id: str | None
    last_id: str | None
    has_more: bool


class OpenAIModel(BaseModel):
    """A model: https://platform.openai.com/docs/api-reference/models/object."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str


class OpenAIModels(BaseModel):
    object: Literal["list"] = "list"
    data: list[OpenAIModel]
