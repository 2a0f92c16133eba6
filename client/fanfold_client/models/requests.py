"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from typing import Any

from pydantic import Field

from fanfold_client.answers import Answer


class ErrorExample(Answer):
    """A request that has no answer, and why."""

    custom_id: str
    line: int = 0
    message: str = ""


class Fault(Answer):
    """Why a request has no answer. `kind` is ours and the same for all providers; the rest is the provider's."""

    kind: str = ""
    message: str = ""
    code: str | None = None
    """The provider's code for it, or its type."""
    status: int | None = None
    """The HTTP status of the reply."""
    received: str | None = None
    """The first 1,024 characters of a reply that is not as the provider documents it."""


class Request(Answer):
    """One request: what was asked, and what came back if it is settled."""

    custom_id: str
    line: int = 0
    status: str
    request: dict[str, Any] = Field(default_factory=dict)
    result: dict[str, Any] | None = None


class Usage(Answer):
    """Tokens of one request; the cached, written and reasoning ones are part of the input and output ones."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    written_tokens: int = 0
    """Input that was put into the provider's cache, where that has a price of its own."""
    long_written_tokens: int = 0
    """Those of them that are kept there for an hour."""
    uncounted: int = 0
    """Answers that are paid for and whose tokens the provider did not say."""


class ErrorKind(Answer):
    """All requests that have no answer for the same kind of reason."""

    kind: str = ""
    count: int = 0
    codes: dict[str, int] = Field(default_factory=dict)
    """How often the provider gave which code."""
    examples: list[ErrorExample] = Field(default_factory=list)


class RequestRow(Answer):
    """A request and what became of it."""

    custom_id: str
    line: int = 0
    status: str
    error: Fault | None = None


class ResponseRow(Answer):
    """A settled request with its answer. An output too large for a page is `omitted`, and in the results only."""

    custom_id: str
    line: int = 0
    status: str
    error: Fault | None = None
    output: str | None = None
    finish_reason: str | None = None
    usage: Usage = Field(default_factory=lambda: Usage())
    omitted: str | None = None


class ErrorReport(Answer):
    """What went wrong so far: requests without an answer by kind, and lines that were not taken at all."""

    state: str
    failed: int = 0
    errors: list[ErrorKind] = Field(default_factory=list)
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    """The first few; all of them: `GET …/rejected`."""
