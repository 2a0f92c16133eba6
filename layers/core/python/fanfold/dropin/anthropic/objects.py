"""Anthropic's objects, with the fields and the words that its SDK reads."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fanfold.dropin.options import OurOptions


class AnthropicRequest(BaseModel):
    """A request of a batch."""

    model_config = ConfigDict(extra="forbid")

    custom_id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    params: dict[str, Any]


class AnthropicCreate(OurOptions):
    """The body of `POST /anthropic/v1/messages/batches`."""

    requests: Annotated[list[AnthropicRequest], Field(min_length=1, max_length=100_000)]


class AnthropicCounts(BaseModel):
    """Requests by what became of them; until the batch ends, all of them are being processed."""

    processing: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0


class AnthropicBatch(BaseModel):
    """A batch: https://platform.claude.com/docs/en/api/retrieving-message-batches."""

    id: str
    type: Literal["message_batch"] = "message_batch"
    processing_status: Literal["in_progress", "canceling", "ended"]
    request_counts: AnthropicCounts
    created_at: str
    expires_at: str
    ended_at: str | None
    cancel_initiated_at: str | None
    archived_at: None = None
    results_url: str | None


class AnthropicBatchPage(BaseModel):
    """A page of batches."""

    data: list[AnthropicBatch]
    first_id: str | None
    last_id: str | None
    has_more: bool


class AnthropicDeleted(BaseModel):
    """A batch that was deleted."""

    id: str
    type: Literal["message_batch_deleted"] = "message_batch_deleted"
