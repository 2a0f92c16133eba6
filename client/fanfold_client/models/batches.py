"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from typing import Any

from pydantic import Field

from fanfold_client.answers import Answer
from fanfold_client.models.shared import Estimate


class BatchReceipt(Answer):
    """The answer to a new batch: only what never changes, so that a replay gets the same."""

    id: str
    state: str = "accepted"
    created_at: str = ""
    notes: list[str] = Field(default_factory=list)
    """What its options may come to grief with."""


class Estimated(Answer):
    """What the batch would cost, and what of it would not be taken."""

    estimate: Estimate = Field(default_factory=lambda: Estimate())
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    """What is worth knowing of the requests before they are sent."""


class Preparing(Answer):
    """The answer while a form is made: ask again."""

    state: str = "preparing"
    format: str = ""
