"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer


class Extrapolated(Answer):
    """Dollars for all requests of the file: expected, and the interval that holds them with 95 % certainty."""

    expected_usd: float | None = None
    low_usd: float | None = None
    high_usd: float | None = None


class PilotTry(Answer):
    """A request of the sample."""

    custom_id: str
    line: int = 0
    status: str
    prompt: str = ""
    output: str | None = None
    finish_reason: str | None = None
    cost_usd: float | None = None
    error: str | None = None


class Pilot(Answer):
    """A pilot so far; figures are of those that have their answer."""

    id: str
    state: str
    rows: int = 0
    """Requests of the sample."""
    requests: int = 0
    """Requests of the whole file."""
    tries: list[PilotTry] = Field(default_factory=list)
    finish_reasons: dict[str, int] = Field(default_factory=dict)
    spent_usd: float = 0
    lanes: dict[str, Extrapolated] = Field(default_factory=dict)
