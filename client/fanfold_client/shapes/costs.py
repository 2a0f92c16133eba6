"""Dollars: what was spent, what requests will cost, and what may be spent."""

from typing import Any

from pydantic import Field

from fanfold_client.shapes.answer import Answer


class Cost(Answer):
    """Dollars; None where no price is known. Calls to models without a known price are in no sum."""

    spent_usd: float | None = None
    list_usd: float | None = None
    saved_usd: float | None = None
    unpriced_requests: int = 0


class Range(Answer):
    """Dollars that are expected, and that it can be at most; None if a price is not known."""

    expected_usd: float | None = None
    most_usd: float | None = None


class ModelEstimate(Answer):
    """What the requests for one model will cost, by the lane they might go."""

    model: str
    requests: int
    input_tokens: int = 0
    output_tokens: int = 0
    most_input_tokens: int = 0
    most_output_tokens: int = 0
    lanes: dict[str, Range] = Field(default_factory=dict)
    assumed: str = ""


class Estimate(Answer):
    """What requests will cost, by lane."""

    requests: int
    lanes: dict[str, Range] = Field(default_factory=dict)
    unpriced_requests: int = 0
    models: list[ModelEstimate] = Field(default_factory=list)


class Estimated(Answer):
    """An estimate, the lines that would not be taken, and the draft that was planned for it if there is one."""

    estimate: Estimate
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    """What is worth knowing of the requests before they are sent."""
    id: str | None = None


class Budget(Answer):
    """What batches may spend in a day and a month of UTC, and what they have spent or set aside."""

    daily_usd: float | None = None
    monthly_usd: float | None = None
    today_usd: float = 0
    month_usd: float = 0
