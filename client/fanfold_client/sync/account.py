# Made by `make client` of aio/account.py: do not edit.
"""Keys, quotas, the budget, defaults, statistics, requests that workers died of, and whom batches can be for."""

from collections.abc import Iterator, Sequence
from typing import Unpack

from fanfold_client.calls import given, segment
from fanfold_client.models import (
    ApiKey,
    AuditEntry,
    Budget,
    DeadLetter,
    IssuedKey,
    KeyList,
    Live,
    Money,
    Options,
    Provider,
    ProviderList,
    QuotaUsage,
    Redriven,
    Stats,
    Suggestion,
    SuggestionList,
)
from fanfold_client.models.options import BatchOptions
from fanfold_client.sync.connection import Connection

ApiKeys = list[ApiKey]
Providers = list[Provider]
Suggestions = list[Suggestion]
AUDIT_PAGE = 1000


class Keys:
    """The keys of the caller's tenant; the caller's has to be an owner's. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> ApiKeys:
        """Keys that open, oldest first. Without scopes one is for all services."""
        return (self._connection.get(KeyList, "/v1/keys")).keys

    def create(
        self, name: str, role: str = "editor", scopes: Sequence[str] = (), expires_at: str | None = None
    ) -> IssuedKey:
        """A new key: role viewer, editor or owner; scopes batches, forecasts, writing, logs, stats, account.

        Its text is in the answer and never again.
        """
        asked = {"name": name, "role": role, "scopes": [*scopes], "expires_at": expires_at}
        return self._connection.post(IssuedKey, "/v1/keys", given(asked))

    def revoke(self, id: str) -> None:
        """It opens no more, at once."""
        self._connection.call("DELETE", f"/v1/keys/{segment(id)}")

    def rotate(self, id: str, overlap_hours: float = 24) -> IssuedKey:
        """A new key like it; the old one opens for some hours more."""
        path = f"/v1/keys/{segment(id)}/rotate"
        return self._connection.post(IssuedKey, path, {"overlap_hours": overlap_hours})


class Account:
    """What the caller's tenant may use, and who did what. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def usage(self) -> QuotaUsage:
        """What the operator lets the tenant use, and what is used of it."""
        return self._connection.get(QuotaUsage, "/v1/usage")

    def audit(self, since: str | None = None, until: str | None = None) -> Iterator[AuditEntry]:
        """Everything in the audit log of that time, newest first; times are ISO 8601. It takes an owner's key."""
        return self._connection.listed(AuditEntry, "/v1/audit", "entries", AUDIT_PAGE, since=since, until=until)


class TenantBudget:
    """What batches may spend. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> Budget:
        """What your batches may spend, and have spent."""
        return self._connection.get(Budget, "/v1/budget")

    def set(self, daily_usd: float | None = None, monthly_usd: float | None = None) -> Budget:
        """What your batches may spend from now on; None is without limit."""
        return self._connection.put(Budget, "/v1/budget", {"daily_usd": daily_usd, "monthly_usd": monthly_usd})


class Defaults:
    """Options of batches that do not say otherwise. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> Options:
        """Those that are set."""
        return self._connection.get(Options, "/v1/defaults")

    def set(self, **options: Unpack[BatchOptions]) -> Options:
        """These and no others."""
        return self._connection.put(Options, "/v1/defaults", given(options))


class JobStatistics:
    """What jobs came to, and what is under way. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, since: str | None = None, until: str | None = None, by: str | None = None) -> Stats:
        """What the jobs of these days (`2026-11-26`, UTC) came to; the last 30 without. `by` is how to group them."""
        return self._connection.get(Stats, "/v1/stats", since=since, until=until, by=by)

    def money(self, since: str | None = None, until: str | None = None, by: Sequence[str] = ()) -> Money:
        """What jobs of all kinds cost, in groups by any of day, kind, provider, model, lane, template, tag and key."""
        asked = {"since": since, "until": until, "by": ",".join(by) or None}
        return self._connection.get(Money, "/v1/stats/money", **asked)

    def suggestions(self, since: str | None = None, until: str | None = None) -> Suggestions:
        """What would have saved money or room, by the figures of the tenant's own jobs; most first."""
        found = self._connection.get(SuggestionList, "/v1/stats/suggestions", since=since, until=until)
        return found.suggestions

    def live(self) -> Live:
        """What is under way."""
        return self._connection.get(Live, "/v1/stats/live")


class DeadRequests:
    """Requests in real time that workers died of. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> Iterator[DeadLetter]:
        """Every dead letter, newest first."""
        return self._connection.listed(DeadLetter, "/v1/dlq", "dead_letters")

    def redrive(self, job: str | None = None) -> Redriven:
        """Send dead letters again: those of one batch, or all."""
        return self._connection.post(Redriven, "/v1/dlq/redrive", given({"job": job}))


class Catalogue:
    """Whom batches can be for. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> Providers:
        """Providers and their models, with what those cost."""
        return (self._connection.get(ProviderList, "/v1/providers")).providers
