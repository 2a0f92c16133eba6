"""Audit log: who changed what, when, from where and with which key; and what a known key was denied.

An entry is written before the change and gets its status after it: what has none was cut short, and may have changed
something. Denials of a key are one entry a minute, with a count. Entries lie beside the tenant's other items; nothing
that a tenant may call removes one, and the table forgets it when the operator's retention is over.
"""

from datetime import timedelta
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from fanfold.clock import Clock, Moment, stamp
from fanfold.ports import Change, Item, Key, Query, Table

OPERATOR, DROP = "operator", "drop"
"""Who acts without a key."""
LONGEST = 512
"""Characters of what a caller says of itself."""


class Act(NamedTuple):
    """What somebody asks for: a route and its path, or a command. `request` is its correlation id."""

    tenant: str
    who: str
    """The id of a key, the subject of a token, or who acts without one."""
    what: str
    request: str
    path: str = ""
    source: str = ""
    """The address that it came from."""
    agent: str = ""


class AuditEntry(BaseModel):
    """What somebody did, or was denied `count` times in a minute."""

    model_config = ConfigDict(frozen=True)

    at: str
    who: str
    what: str
    path: str = ""
    source: str = ""
    agent: str = ""
    request: str = ""
    status: int | None = None
    """The HTTP status of its answer; None if it was cut short."""
    made: str | None = None
    """What it made, if it says where that is."""
    denied: int = 0


class AuditRange(BaseModel):
    """The query of `GET /v1/audit`."""

    since: Moment | None = None
    until: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: str | None = None


class AuditPage(BaseModel):
    """Entries, newest first."""

    entries: list[AuditEntry]
    cursor: str | None


class Audit:
    """The audit logs of all tenants."""

    def __init__(self, table: Table, clock: Clock, retention_days: int) -> None:
        self._table, self._clock, self._kept = table, clock, timedelta(days=retention_days)

    def begin(self, act: Act) -> Key:
        """Write down what is about to be done; the entry's place, for its end."""
        now = stamp(self._clock())
        key = _key(act.tenant, f"{now}#{act.request}")
        self._table.change(Change(key=key, set=_said(act) | {"at": now, "expires": self._expires()}))
        return key

    def end(self, entry: Key, status: int, made: str | None = None) -> None:
        """Write down what became of it, once."""
        said = {"status": int(status)} | ({"made": made[:LONGEST]} if made else {})
        self._table.change(Change(key=entry, set=said, expect={"status": None}))

    def note(self, act: Act, at: str, made: str) -> None:
        """Write down what was made at that time, once however often it is told."""
        said = _said(act) | {"at": at, "made": made[:LONGEST], "expires": self._expires()}
        self._table.change(Change(key=_key(act.tenant, f"{at}#{act.request}"), set=said))

    def deny(self, act: Act, status: int) -> None:
        """Count a denial; of those of a minute the last one is shown."""
        now = stamp(self._clock())
        said = _said(act) | {"at": now, "status": int(status), "expires": self._expires()}
        self._table.change(Change(key=_key(act.tenant, f"{now[:16]}#denied#{act.who}"), set=said, add={"denied": 1}))

    def page(self, tenant: str, asked: AuditRange) -> AuditPage:
        """The tenant's entries of a time."""
        query = Query(
            partition=_partition(tenant),
            newest_first=True,
            limit=asked.limit,
            after=asked.cursor,
            since=stamp(asked.since)[:16] if asked.since else "0",
            until=(stamp(asked.until) if asked.until else "9") + "~",
        )
        found = self._table.page(query)
        return AuditPage(entries=[_entry(item) for item in found.items], cursor=found.cursor)

    def _expires(self) -> int:
        return int((self._clock() + self._kept).timestamp())


def _said(act: Act) -> Item:
    said = act._asdict() | {"path": act.path[:LONGEST], "agent": act.agent[:LONGEST]}
    return {name: value for name, value in said.items() if value and name != "tenant"}


def _entry(item: Item) -> AuditEntry:
    return AuditEntry.model_validate({name: item[name] for name in AuditEntry.model_fields if name in item})


def _key(tenant: str, sk: str) -> Key:
    return Key(_partition(tenant), sk)


def _partition(tenant: str) -> str:
    return f"T#{tenant}#AUDIT"
