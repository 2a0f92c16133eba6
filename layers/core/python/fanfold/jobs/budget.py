"""Budgets: money is set aside before a call may spend it, and given back when what it cost is known.

A job that is under a budget has one item, `BUDGET`. `granted` is what it may have at most; `committed` what it has
spent and set aside; and there is an attribute for each reservation that is open, named after what it is for. Setting
money aside and giving it back are one conditional write each: 1 write unit as long as few are open.

If its tenant has a budget too, the job gets its `granted` in tranches, each moved from the tenant's item of the month
in one transaction, so that the tenant's item is written a few times a job and not for every chunk. The month's item
has a number for each day. A tranche counts for the day on which it was taken; when the job ends, what it has spent
counts for the day that statistics count it for, whether or not it was under a budget: both have the same sums.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.clock import Clock, stamp
from fanfold.errors import Incomplete
from fanfold.jobs.job import JobRef
from fanfold.ports import Change, Item, Key, Table

BUDGET = "BUDGET"
TRANCHES = 20
"""Parts that a job takes its most expensive usage_key in."""
TRIES = 20
"""Writes that others may get ahead of."""


class BudgetLimits(BaseModel):
    """What a tenant may spend, in nanodollars; None is without limit."""

    model_config = ConfigDict(frozen=True)

    daily: int | None = None
    monthly: int | None = None

    def within(self, other: "BudgetLimits") -> "BudgetLimits":
        """The lower of each."""
        return BudgetLimits(daily=_lower(self.daily, other.daily), monthly=_lower(self.monthly, other.monthly))


class Spending(NamedTuple):
    """What a tenant's jobs have spent, and those under way have taken, in nanodollars."""

    today: int
    month: int


class Bound(NamedTuple):
    """A unit that is about to be sent: where it is, and the nanodollars that it can cost."""

    place: int
    nanos: int


class Reservation(NamedTuple):
    """What is set aside. Units from `until` on are not covered and must not be sent; None covers all."""

    until: int | None
    nanos: int

    def covers(self, place: int) -> bool:
        return self.until is None or place < self.until


Allowed = Callable[[str], BudgetLimits]
"""What the operator lets a tenant spend."""


class Budgets:
    """The budgets of jobs and tenants; `allowed` is what the operator lets a tenant spend."""

    def __init__(self, table: Table, clock: Clock, allowed: Allowed = lambda _: BudgetLimits()) -> None:
        self._table, self._clock, self.allowed = table, clock, allowed

    def own(self, tenant: str) -> BudgetLimits:
        """The limits that the tenant has set."""
        return BudgetLimits.model_validate(self._table.get(_tenants(tenant)) or {})

    def limits(self, tenant: str) -> BudgetLimits:
        """The limits that hold: the tenant's own, and the operator's where they are lower."""
        return self.own(tenant).within(self.allowed(tenant))

    def limit(self, tenant: str, limits: BudgetLimits) -> None:
        """Set the tenant's own limits, for jobs that are planned and tranches that are taken from now on."""
        self._table.change(Change(key=_tenants(tenant), set=limits.model_dump() | {"set_at": self._now()}))

    def spending(self, tenant: str) -> Spending:
        """What the tenant's jobs have spent, and those under a budget that are under way have taken."""
        day = self._now()[:10]
        item = self._table.get(_month(tenant, day)) or {}
        return Spending(item.get(_day(day), 0), item.get("month", 0))

    def open(self, ref: JobRef, limit: int | None, most: int) -> bool:
        """Put the job under its own limit and its tenant's; False if there is neither. `most` it can cost at most.

        It may be called again, with another limit: what is committed stays.
        """
        limits = self.limits(ref.tenant)
        if limit is None and limits == BudgetLimits():
            return False
        tranche = max(most // TRANCHES, 1)
        self._table.change(
            Change(
                key=ref.key(BUDGET),
                set={"limit": limit, "tranche": tranche, "shared": limits != BudgetLimits()},
                add={"granted": 0, "committed": 0, "grants": 0},
            )
        )
        return True

    def reserve(self, ref: JobRef, key: str, bounds: Sequence[Bound]) -> Reservation:
        """Set aside what the units can cost, of the first of them as many as there is money for.

        The same key is the same reservation, whoever asks: a unit behind its `until` was not covered.
        """
        for _ in range(TRIES):
            item = self._item(ref)
            if key in item:
                return _reservation(item[key])
            left = self._left(item)
            found = _covered(bounds, left)
            if found.until is not None and self._grant(ref, item, sum(each.nanos for each in bounds) - left):
                continue
            if self._set_aside(ref, key, found, item):
                return found
        raise Incomplete(f"the budget of {ref.job} is asked by too many at once")

    def settle(self, ref: JobRef, key: str, spent: int, *also: Change) -> None:
        """Give back what was set aside under the key, but for what it cost. A second time nothing happens.

        What is to happen together with it goes `also`.
        """
        for _ in range(TRIES):
            change = self.settling(ref, key, spent)
            if change is None or (self._table.together(change, *also) if also else self._table.change(change)):
                return

    def settling(self, ref: JobRef, key: str, spent: int) -> Change | None:
        """What `settle` writes, to be written together with something else; None if nothing is set aside."""
        item = self._table.get(ref.key(BUDGET)) or {}
        if key not in item:
            return None
        step = {"committed": spent - _reservation(item[key]).nanos}
        return Change(key=ref.key(BUDGET), set={key: None}, add=step, expect={key: item[key]})

    def held(self, ref: JobRef, key: str) -> Reservation | None:
        """What is set aside under the key; None if nothing is, or it is settled."""
        kept = self._item(ref).get(key)
        return _reservation(kept) if kept else None

    def waits(self, ref: JobRef, key: str) -> bool:
        """Whether money is set aside under other keys, which may come back: what is not covered now may be later."""
        held = {name: value for name, value in self._item(ref).items() if isinstance(value, list) and name != key}
        return any(_reservation(value).nanos for value in held.values())

    def left(self, ref: JobRef) -> int:
        """What the job may still set aside, whatever it takes of its tenant's."""
        item = self._item(ref)
        rooms = self._rooms(ref, item) if item["shared"] else []
        return self._left(item) + (max(0, min(rooms, default=0)) if rooms else 0)

    def close(self, ref: JobRef, spent: int, day: str) -> None:
        """The job's round is over and it has spent so much in all, which counts for `day` (2026-11-26): what it
        took of its tenant's and did not spend goes back, and reservations that are open are dropped.

        A job without a budget is counted as well: what a tenant has spent is one sum, whenever a limit was set.
        """
        for _ in range(TRIES):
            item = self._table.get(ref.key(BUDGET)) or {}
            opened: Item = {name: None for name, value in item.items() if isinstance(value, list)}
            taken, counted = item.get("taken") or {}, item.get("counted", 0)
            if not opened and not taken and counted == spent and item.get("committed", spent) == spent:
                return
            change = Change(
                key=ref.key(BUDGET),
                set=opened | {"taken": None, "counted": spent},
                add={
                    "committed": spent - item.get("committed", 0),
                    "granted": spent - item.get("granted", 0),
                    "grants": 1,
                },
                expect={name: item.get(name) for name in ("grants", "committed")},
            )
            if self._table.together(change, *_moved(ref.tenant, taken, day, spent - counted)):
                return
        raise Incomplete(f"the budget of {ref.job} is still being spent")

    def _item(self, ref: JobRef) -> Item:
        item = self._table.get(ref.key(BUDGET))
        if item is None:
            raise Incomplete(f"the budget of {ref.job} is not opened")
        return item

    def _left(self, item: Item) -> int:
        """What the job may still set aside without another tranche."""
        most = item["granted"] if item["shared"] else item["limit"]
        return int(most - item["committed"])

    def _set_aside(self, ref: JobRef, key: str, found: Reservation, item: Item) -> bool:
        kept = [-1 if found.until is None else found.until, found.nanos]
        unchanged = {name: item.get(name) for name in ("granted", "limit")}
        at_most = {"committed": item["committed"] + self._left(item) - found.nanos} if found.nanos else {}
        change = Change(
            key=ref.key(BUDGET),
            set={key: kept},
            add={"committed": found.nanos},
            expect={key: None} | unchanged,
            at_most=at_most,
        )
        return self._table.change(change) is not None

    def _grant(self, ref: JobRef, item: Item, missing: int) -> bool:
        """Take another tranche from the tenant, at least what is missing; less if there is no more. False if none."""
        if not item["shared"]:
            return False
        day, limits = self._now()[:10], self.limits(ref.tenant)
        amount = min([max(missing, item["tranche"]), *self._rooms(ref, item)])
        if amount <= 0:
            return False
        taken = item.get("taken") or {}
        ours = Change(
            key=ref.key(BUDGET),
            set={"taken": taken | {day: amount + taken.get(day, 0)}},
            add={"granted": amount, "grants": 1},
            expect={"grants": item["grants"]},
        )
        self._table.together(ours, _taken(ref.tenant, day, amount, limits))
        return True

    def _rooms(self, ref: JobRef, item: Item) -> list[int]:
        """What each limit leaves for another tranche."""
        limits, taken = self.limits(ref.tenant), self.spending(ref.tenant)
        rooms = (
            (limits.daily, taken.today),
            (limits.monthly, taken.month),
            (item.get("limit"), item["granted"]),
        )
        return [limit - sofar for limit, sofar in rooms if limit is not None]

    def _now(self) -> str:
        return stamp(self._clock())


def _lower(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


def _covered(bounds: Sequence[Bound], left: int) -> Reservation:
    """As many of the first units as there is money for."""
    nanos = 0
    for bound in bounds:
        if nanos + bound.nanos > left:
            return Reservation(bound.place, nanos)
        nanos += bound.nanos
    return Reservation(None, nanos)


def _reservation(kept: list[int]) -> Reservation:
    return Reservation(None if kept[0] < 0 else kept[0], kept[1])


def _taken(tenant: str, day: str, amount: int, limits: BudgetLimits) -> Change:
    """The tenant's item with a tranche more, made only within both limits."""
    at_most = {"month": limits.monthly, _day(day): limits.daily}
    return Change(
        key=_month(tenant, day),
        add={"month": amount, _day(day): amount},
        at_most={name: limit - amount for name, limit in at_most.items() if limit is not None},
    )


def _moved(tenant: str, taken: Mapping[str, int], day: str, spent: int) -> Iterator[Change]:
    """The tenant's items with what a job has spent on its day, and without the tranches that it took."""
    steps: dict[Key, Counter[str]] = {}
    for each, amount in [(day, spent), *((each, -amount) for each, amount in taken.items())]:
        step = steps.setdefault(_month(tenant, each), Counter())
        step.update({"month": amount, _day(each): amount})
    for key, step in steps.items():
        if moved := {name: amount for name, amount in step.items() if amount}:
            yield Change(key=key, add=moved)


def _tenants(tenant: str) -> Key:
    return Key(f"T#{tenant}", BUDGET)


def _month(tenant: str, day: str) -> Key:
    return Key(f"T#{tenant}", f"{BUDGET}#{day[:7]}")


def _day(day: str) -> str:
    return f"d{day[8:10]}"
