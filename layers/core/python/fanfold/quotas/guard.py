"""What a tenant may use, held against what they use.

An open job is an item of its own beside the tenant's, written before the job and under its id, so that a repeated
call counts once. Nobody has to take it away in time: those of jobs that are over go when the quota is reached. Units
of a day are counted when they are planned, in the transaction that lets them run. Without a quota nothing is written.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum

from fanfold.accounts.quotas import Quotas
from fanfold.accounts.tenants import Tenants
from fanfold.clock import Clock, moment, stamp
from fanfold.errors import Forbidden, JobRefused, QuotaExceeded
from fanfold.jobs.budget import BudgetLimits, Budgets
from fanfold.jobs.job import ACTIVE, JobRef
from fanfold.jobs.store import META
from fanfold.ports import Change, Item, Key, Query, Table, every_item
from fanfold.pricing.tariff import nanos
from fanfold.quotas.periods import day_ends, month_ends
from fanfold.quotas.places import Places
from fanfold.quotas.stored import Storage

SOON = 30
"""Seconds after which it is worth asking whether a job has ended."""
YOUNG = timedelta(minutes=1)
"""How long a job may take from its place among the open ones to its beginning: longer than a call of the API."""
KEPT = timedelta(days=40)
AT_ONCE = 100


class Unit(StrEnum):
    """What is counted by the day."""

    REQUESTS = "requests"
    SERIES = "series"

    def of(self, quotas: Quotas) -> int | None:
        return quotas.requests_per_day if self is Unit.REQUESTS else quotas.series_per_day


class QuotaGuard:
    """The quotas of all tenants. Reads and writes nothing for a quota that is not set."""

    def __init__(self, table: Table, tenants: Tenants, budgets: Budgets, storage: Storage, clock: Clock) -> None:
        self._table, self._tenants, self._budgets, self._clock = table, tenants, budgets, clock
        self._storage = storage
        self.places = Places(table, clock, lambda tenant: self.of(tenant).concurrency)
        """Of work that is under way."""

    def of(self, tenant: str) -> Quotas:
        """The tenant's quotas."""
        return self._tenants.quotas(tenant)

    @contextmanager
    def admitted(self, ref: JobRef, unit: Unit | None = None, units: int = 0, *, again: bool = False) -> Iterator[None]:
        """A place among the tenant's open jobs, given back if nothing comes of it.

        `units` are those that are known by now. Raises QuotaExceeded, but for a new job not if it is there already;
        `again` lets one that is there run once more.
        """
        quotas = self.of(ref.tenant)
        if quotas == Quotas() or (not again and self._table.get(ref.key(META))):
            yield
            return
        if unit is not None:
            self.check_day(ref.tenant, unit, units, quotas)
        self._check_money(ref.tenant, quotas)
        self.check_stored(ref.tenant, quotas)
        placed = quotas.open_jobs is not None and self._place(ref, quotas.open_jobs)
        try:
            yield
        except BaseException:
            if placed:
                self._table.remove(_open_key(ref))
            raise

    def counted(self, tenant: str, unit: Unit, units: int) -> tuple[Change, ...]:
        """The change that counts the units for today; make it together with what lets them run.

        There is none without a quota. Raises JobRefused if there are more than are left.
        """
        quotas = self.of(tenant)
        if (most := unit.of(quotas)) is None:
            return ()
        try:
            self.check_day(tenant, unit, units, quotas)
        except QuotaExceeded as error:
            raise JobRefused(error.detail) from None
        expires = int((self._clock() + KEPT).timestamp())
        left = most - units
        return (Change(key=self._day(tenant), set={"expires": expires}, add={unit: units}, at_most={unit: left}),)

    def check_day(self, tenant: str, unit: Unit, units: int, quotas: Quotas | None = None) -> None:
        """Raises QuotaExceeded if so many units are more than are left today."""
        most = unit.of(quotas or self.of(tenant))
        if most is None:
            return
        used = self.today(tenant, unit)
        if used + max(units, 1) > most:
            said = f"the operator lets {tenant} have {most:,} {unit} a day: {used:,} are used up, {units:,} more asked"
            raise QuotaExceeded(f"{said} for", self._until_tomorrow(), field=f"{unit}_per_day")

    def check_stored(self, tenant: str, quotas: Quotas | None = None) -> int | None:
        """The bytes that the tenant may still store, None without a quota. Raises QuotaExceeded if there are none."""
        most = (quotas or self.of(tenant)).stored_bytes
        if most is None:
            return None
        stored = self._storage.measured(tenant)
        if stored is None:
            return most
        if stored.bytes >= most:
            said = f"{stored.bytes:,} bytes are stored, and the operator lets {tenant} store {most:,}: delete some"
            raise QuotaExceeded(f"{said} (measured {stored.at})", self._storage.again(stored), field="stored_bytes")
        return most - stored.bytes

    def open_jobs(self, tenant: str) -> int:
        """Jobs that are under way."""
        return len(self._still_open(tenant, self._places(tenant)))

    def today(self, tenant: str, unit: Unit) -> int:
        """Units that were counted today."""
        return int((self._table.get(self._day(tenant)) or {}).get(unit, 0))

    def _check_money(self, tenant: str, quotas: Quotas) -> None:
        if quotas.daily_usd is None and quotas.monthly_usd is None:
            return
        limits, spent = self._budgets.allowed(tenant), self._budgets.spending(tenant)
        if over(limits.daily, spent.today):
            said = f"the operator lets {tenant} spend {quotas.daily_usd:g} USD a day, which are spent"
            raise QuotaExceeded(said, self._until_tomorrow(), field="daily_usd")
        if over(limits.monthly, spent.month):
            said = f"the operator lets {tenant} spend {quotas.monthly_usd:g} USD a month, which are spent"
            seconds = int((month_ends(self._clock()) - self._clock()).total_seconds()) + 1
            raise QuotaExceeded(said, seconds, field="monthly_usd")

    def _until_tomorrow(self) -> int:
        return int((day_ends(self._clock()) - self._clock()).total_seconds()) + 1

    def _place(self, ref: JobRef, most: int) -> bool:
        """Whether the job has a new place. Two who come at the same moment for the last one may both be refused."""
        since = {"since": stamp(self._clock())}
        new = self._table.change(Change(key=_open_key(ref), set=since, expect={"since": None})) is not None
        if not new:
            self._table.change(Change(key=_open_key(ref), set=since))
        others = [place for place in self._places(ref.tenant) if place["sk"] != ref.job]
        if len(others) >= most and len(self._still_open(ref.tenant, others)) >= most:
            self._table.remove(_open_key(ref))
            said = f"the operator lets {ref.tenant} have {most:,} open jobs at a time: wait until one has ended"
            raise QuotaExceeded(said, SOON, field="open_jobs")
        return new

    def _places(self, tenant: str) -> list[Item]:
        return list(every_item(self._table, Query(partition=f"T#{tenant}#OPEN")))

    def _still_open(self, tenant: str, places: Sequence[Item]) -> list[Item]:
        """The places whose jobs are under way; the others go."""
        found: list[Item] = []
        for start in range(0, len(places), AT_ONCE):
            some = places[start : start + AT_ONCE]
            jobs = self._table.several([JobRef(tenant=tenant, job=item["sk"]).key(META) for item in some])
            for place, job in zip(some, jobs, strict=True):
                if self._is_open(place, job):
                    found.append(place)
                else:
                    self._table.remove(Key(place["pk"], place["sk"]))
        return found

    def _is_open(self, place: Item, job: Item | None) -> bool:
        if job and job["state"] in ACTIVE:
            return True
        ended = job is not None and job.get("finished_at", "") >= place["since"]
        return not ended and self._clock() - moment(place["since"]) < YOUNG

    def _day(self, tenant: str) -> Key:
        return Key(f"T#{tenant}", f"DAY#{stamp(self._clock())[:10]}")


def check_model(quotas: Quotas, provider: str, model: str | None, field: str = "model") -> None:
    """Raises Forbidden for a provider or a model that the operator does not let the tenant ask."""
    if not quotas.allows(provider):
        raise Forbidden(f"the operator does not let you ask {provider}", field=field)
    if not quotas.allows(provider, model):
        raise Forbidden(f"the operator does not let you ask {provider}'s {model}", field=field)


def over(limit: int | None, spent: int) -> bool:
    """Whether what is spent has reached the limit."""
    return limit is not None and spent >= limit


def allowed(tenants: Tenants, tenant: str) -> BudgetLimits:
    """What the operator lets a tenant spend."""
    quotas = tenants.quotas(tenant)
    daily, monthly = (None if usd is None else nanos(usd) for usd in (quotas.daily_usd, quotas.monthly_usd))
    return BudgetLimits(daily=daily, monthly=monthly)


def _open_key(ref: JobRef) -> Key:
    return Key(f"T#{ref.tenant}#OPEN", ref.job)
