"""How much a tenant stores: their objects are added up once in a while, as S3 tells nobody a prefix's size."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from fanfold.accounts.tenants import Tenants
from fanfold.clock import Clock, moment, stamp
from fanfold.ports import Blobs, Change, Key, Table
from fanfold.sweeping import SweepRound

FOLDERS = (
    "jobs/{}/",
    "uploads/{}/",
    "inbox/{}/",
    "outbox/{}/",
    "sessions/{}/",
    "cache/{}/",
    "journal/tenant={}/",
    "journal-staging/{}/",
    "journal-exports/{}/",
)
"""Everything that a tenant has in the bucket."""
EVERY = timedelta(hours=1)


class StoredBytes(BaseModel):
    """What a tenant stored at a moment."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    objects: int
    at: str


def folders(tenant: str) -> Iterator[str]:
    """The prefixes of all of the tenant's objects."""
    return (folder.format(tenant) for folder in FOLDERS)


class Storage:
    """What tenants store."""

    def __init__(self, table: Table, blobs: Blobs, clock: Clock) -> None:
        self._table, self._blobs, self._clock = table, blobs, clock

    def measured(self, tenant: str) -> StoredBytes | None:
        """What was measured last; None if nothing was."""
        item = self._table.get(_key(tenant))
        return StoredBytes.model_validate(item) if item else None

    def measure(self, tenant: str) -> bool:
        """Add up the tenant's objects, if that was not done within the hour."""
        before = self.measured(tenant)
        if before and self._clock() - moment(before.at) < EVERY:
            return False
        sizes = [each.size for folder in folders(tenant) for each in self._blobs.under(folder)]
        stored = StoredBytes(bytes=sum(sizes), objects=len(sizes), at=stamp(self._clock()))
        self._table.change(Change(key=_key(tenant), set=stored.model_dump(), expect={"at": before and before.at}))
        return True

    def again(self, stored: StoredBytes) -> int:
        """Seconds until it is measured again."""
        return max(60, int((moment(stored.at) + EVERY - self._clock()).total_seconds()))


class SweptStorage(SweepRound):
    """What a round did."""

    measured: int = 0


def measure(tenants: Tenants, storage: Storage) -> SweptStorage:
    """Measure what tenants store who have a quota of it."""
    swept = SweptStorage()
    for tenant in tenants.all():
        if tenant.quotas.stored_bytes is not None:
            swept.measured += bool(swept.attempt(f"T#{tenant.name}", storage.measure, tenant.name))
    return swept


def _key(tenant: str) -> Key:
    return Key(f"T#{tenant}", "STORED")
