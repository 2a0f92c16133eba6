"""What the caller's tenant may use, and who did what."""

from collections.abc import Iterator

from fanfold_client.connection import Connection
from fanfold_client.shapes import Answer, Page

AUDIT_PAGE = 1000


class QuotaUse(Answer):
    """A quota: its limit, what is used of it, and when that begins anew; None is none, or not counted."""

    limit: float | None = None
    used: float | None = None
    resets_at: str | None = None


class QuotaUsage(Answer):
    """The quotas that the operator has set. Without `providers` or `models` all may be asked."""

    calls_per_minute: QuotaUse
    open_jobs: QuotaUse
    requests_per_day: QuotaUse
    series_per_day: QuotaUse
    stored_bytes: QuotaUse
    concurrency: QuotaUse
    daily_usd: QuotaUse
    monthly_usd: QuotaUse
    providers: list[str] | None = None
    models: list[str] | None = None
    stored_at: str | None = None


class AuditEntry(Answer):
    """What somebody did, or was denied `denied` times in a minute. Without a status it was cut short."""

    at: str
    who: str
    what: str
    path: str = ""
    source: str = ""
    agent: str = ""
    request: str = ""
    status: int | None = None
    made: str | None = None
    denied: int = 0


class AuditPage(Page):
    entries: list[AuditEntry]


class Account:
    """The caller's tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def usage(self) -> QuotaUsage:
        """What the operator lets the tenant use, and what is used of it."""
        return self._connection.get(QuotaUsage, "/v1/usage")

    def audit(self, since: str | None = None, until: str | None = None) -> Iterator[AuditEntry]:
        """Everything in the audit log of that time, newest first; times are ISO 8601. It takes an owner's key."""
        cursor = None
        while True:
            page = self._connection.get(
                AuditPage, "/v1/audit", since=since, until=until, limit=AUDIT_PAGE, cursor=cursor
            )
            yield from page.entries
            cursor = page.cursor
            if not cursor:
                return
