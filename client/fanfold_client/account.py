"""What the caller's tenant may use."""

from fanfold_client.connection import Connection
from fanfold_client.shapes import Answer


class Used(Answer):
    """A quota: its limit, what is used of it, and when that begins anew; None is none, or not counted."""

    limit: float | None = None
    used: float | None = None
    resets_at: str | None = None


class Usage(Answer):
    """The quotas that the operator has set. Without `providers` or `models` all may be asked."""

    calls_per_minute: Used
    open_jobs: Used
    requests_per_day: Used
    series_per_day: Used
    stored_bytes: Used
    concurrency: Used
    daily_usd: Used
    monthly_usd: Used
    providers: list[str] | None = None
    models: list[str] | None = None
    stored_at: str | None = None


class Account:
    """The caller's tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def usage(self) -> Usage:
        """What the operator lets the tenant use, and what is used of it."""
        return self._connection.get(Usage, "/v1/usage")
