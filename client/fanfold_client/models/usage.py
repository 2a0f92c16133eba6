"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer


class QuotaUse(Answer):
    """A quota. `used` is None where it is not counted; `limit` is None without one, and then jobs and units are
    not."""

    limit: float | int | None = None
    used: float | int | None = None
    resets_at: str | None = None


class QuotaUsage(Answer):
    """The quotas that the operator has set, and what is used of each."""

    calls_per_minute: QuotaUse = Field(default_factory=lambda: QuotaUse())
    open_jobs: QuotaUse = Field(default_factory=lambda: QuotaUse())
    requests_per_day: QuotaUse = Field(default_factory=lambda: QuotaUse())
    series_per_day: QuotaUse = Field(default_factory=lambda: QuotaUse())
    stored_bytes: QuotaUse = Field(default_factory=lambda: QuotaUse())
    concurrency: QuotaUse = Field(default_factory=lambda: QuotaUse())
    daily_usd: QuotaUse = Field(default_factory=lambda: QuotaUse())
    monthly_usd: QuotaUse = Field(default_factory=lambda: QuotaUse())
    providers: list[str] | None = None
    models: list[str] | None = None
    """None is all of them."""
    stored_at: str | None = None
    """When the bytes were measured."""
