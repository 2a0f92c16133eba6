"""The requests of a batch: what became of each, and why."""

from typing import Any

from pydantic import Field

from fanfold_client.shapes.answer import Answer, Page


class RequestRow(Answer):
    """A request in a listing: its status is pending, succeeded, failed, expired or cancelled."""

    custom_id: str
    line: int
    status: str
    error: dict[str, Any] | None = None


class ResponseRow(RequestRow):
    """A settled request with its answer. An output too large for a listing is `omitted`."""

    output: str | None = None
    omitted: str | None = None


class RequestPage(Page):
    requests: list[RequestRow]


class ResponsePage(Page):
    responses: list[ResponseRow]


class Kind(Answer):
    """Requests that have no answer for the same kind of reason, with a few of them."""

    kind: str
    count: int
    codes: dict[str, int] = Field(default_factory=dict)
    examples: list[dict[str, Any]] = Field(default_factory=list)


class Errors(Answer):
    """What went wrong in a batch: requests without an answer, by kind, and lines that were not taken."""

    failed: int = 0
    errors: list[Kind] = Field(default_factory=list)
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)


class Letter(Answer):
    """A request that workers die of."""

    job: str
    custom_id: str
    line: int
    kind: str
    died_at: str


class LetterPage(Page):
    dead_letters: list[Letter]


class Sent(Answer):
    """A batch whose dead letters are sent again, or why they are left for now."""

    job: str
    dead_letters: int
    left: str | None = None


class Redriven(Answer):
    batches: list[Sent]
