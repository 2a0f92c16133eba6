"""What the caller's tenant may use, and who did what."""

from collections.abc import Iterator

from fanfold_client.connection import Connection
from fanfold_client.shapes.answer import Answer, Page

AUDIT_PAGE = 1000


class UsedQuota(Answer):
    """A quota: its limit, what is used of it, and when that begins anew; None is none, or not counted."""

    limit: float | None = None
    used: float | None = None
    resets_at: str | None = None


class UsedQuotas(Answer):
    """The quotas that the operator has set. Without `providers` or `models` all may be asked."""

    calls_per_minute: UsedQuota
    open_jobs: UsedQuota
    requests_per_day: UsedQuota
    series_per_day: UsedQuota
    stored_bytes: UsedQuota
    concurrency: UsedQuota
    daily_usd: UsedQuota
    monthly_usd: UsedQuota
    providers: list[str] | None = None
    models: list[str] | None = None
    stored_at: str | None = None


class AuditRow(Answer):
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


class AuditRows(Page):
    entries: list[AuditRow]


class Account:
    """The caller's tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def usage(self) -> UsedQuotas:
        """What the operator lets the tenant use, and what is used of it."""
        return self._connection.get(UsedQuotas, "/v1/usage")

    def audit(self, since: str | None = None, until: str | None = None) -> Iterator[AuditRow]:
        """Everything in the audit log of that time, newest first; times are ISO 8601. It takes an owner's key."""
        cursor = None
        while True:
            page = self._connection.get(
                AuditRows, "/v1/audit", since=since, until=until, limit=AUDIT_PAGE, cursor=cursor
            )
            yield from page.entries
            cursor = page.cursor
            if not cursor:
                return
