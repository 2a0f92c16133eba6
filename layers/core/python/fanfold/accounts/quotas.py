"""Quotas: what the operator lets a tenant use. The tenant sees them and does not change them."""

from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Some = Annotated[int, Field(ge=1, le=10**15)]
Dollars = Annotated[float, Field(gt=0, le=10_000_000)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Quotas(BaseModel):
    """What is None has no limit. Days and months are those of UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    calls_per_minute: Annotated[int, Field(ge=1, le=60_000)] | None = None
    """Calls of the API."""
    open_jobs: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Batches, forecasts and writing jobs that are under way at a time."""
    requests_per_day: Some | None = None
    """Requests of batches, when they are planned."""
    series_per_day: Some | None = None
    """Series of forecasts, when they are planned."""
    stored_bytes: Some | None = None
    """What its objects may have, as they were measured last."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Writing jobs, chunks of batches in real time and chunks of forecasts: so many of each run at a time."""
    providers: Annotated[tuple[Pattern, ...], Field(max_length=32)] | None = None
    models: Annotated[tuple[Pattern, ...], Field(max_length=100)] | None = None
    """Models that may be asked: `openai/gpt-5.4-mini`, or `anthropic/*`."""
    daily_usd: Dollars | None = None
    monthly_usd: Dollars | None = None
    """What batches, forecasts and writing may spend."""

    def allows(self, provider: str, model: str | None = None) -> bool:
        """Whether the provider may be asked, and the model of it if one is named."""
        if self.providers is not None and provider not in self.providers:
            return False
        if self.models is None:
            return True
        found = (each.partition("/") for each in self.models)
        return any(fnmatchcase(provider, of) and (model is None or fnmatchcase(model, name)) for of, _, name in found)
