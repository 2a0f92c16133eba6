"""A circuit breaker for each route: a provider that is down is asked once in a while, and by one process only.

    closed ──▶ open ──▶ half_open ──▶ closed
                 ▲           │
                 └───────────┘

It opens when a process has seen `FAILURES` calls fail in a row. The one that wins the conditional write makes the
probe; the next probe may be made `probe_seconds` after the last, whatever became of it.

Failures that a tenant's own requests may be the reason of open it for that tenant alone; once another one's fail too,
it is open for all.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from fanfold.clock import Clock, stamp
from fanfold.limits.route import Route
from fanfold.ports import Change, Table

SK = "BREAKER"
LISTING = "breakers"
"""The partition of the index `listing` that every breaker which ever opened is in."""
FAILURES = 5


class Circuit(BaseModel):
    """How a breaker is. Times are in milliseconds; `openings` counts how often it opened."""

    model_config = ConfigDict(frozen=True)

    state: Literal["closed", "open", "half_open"] = "closed"
    version: int = 0
    openings: int = 0
    opened_at: int = 0
    probe_at: int = 0
    """When the next probe may be made."""
    only: str | None = None
    """The tenant that it is open for; None is all of them."""

    def holds(self, tenant: str) -> bool:
        """Whether the tenant's calls are held back."""
        return self.state != "closed" and self.only in (None, tenant)


class Breaker:
    """`probe_seconds` is the least time between two probes."""

    def __init__(self, table: Table, clock: Clock, probe_seconds: float) -> None:
        self._table, self._clock, self._interval = table, clock, int(probe_seconds * 1000)

    def look(self, route: Route) -> Circuit:
        """How the route's breaker is."""
        return Circuit.model_validate(self._table.get(route.key(SK)) or {})

    def until_probe(self, circuit: Circuit) -> float:
        """Seconds until the next probe may be made; 0 if calls are free."""
        return 0.0 if circuit.state == "closed" else max(0.0, (circuit.probe_at - self._now()) / 1000)

    def open_for(self, circuit: Circuit) -> float:
        """Seconds since it opened."""
        return 0.0 if circuit.state == "closed" else max(0.0, (self._now() - circuit.opened_at) / 1000)

    def trip(self, route: Route, *counted: Change, only: str | None = None) -> bool:
        """Open it, for one tenant `only` or for all; False if it is open already. A probe that failed leaves it open
        until the next.

        What `counted` changes is changed with an opening, once each.
        """
        circuit = self.look(route)
        if circuit.state == "closed":
            return self._write(route, circuit, self._opened(route, circuit) | {"only": only}, *counted)
        widened = {} if circuit.only in (None, only) else {"only": None}
        if circuit.state == "open" and not widened:
            return False
        return self._write(route, circuit, {"state": "open"} | widened)

    def probe(self, route: Route, circuit: Circuit) -> bool:
        """Whether this process makes the probe, now."""
        if circuit.state == "closed" or self.until_probe(circuit) > 0:
            return False
        return self._write(route, circuit, {"state": "half_open", "probe_at": self._now() + self._interval})

    def mend(self, route: Route) -> None:
        """The provider answered: calls are free again."""
        circuit = self.look(route)
        if circuit.state != "closed":
            self._write(route, circuit, {"state": "closed"})

    def _opened(self, route: Route, before: Circuit) -> dict[str, Any]:
        now = self._now()
        news: dict[str, Any] = {"state": "open", "opened_at": now, "probe_at": now + self._interval}
        listed = f"{stamp(self._clock())}#{'#'.join(route)}"
        return news | {"openings": before.openings + 1, "listing": LISTING, "listed": listed}

    def _now(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _write(self, route: Route, before: Circuit, news: dict[str, Any], *also: Change) -> bool:
        expect = {"version": before.version or None}
        change = Change(key=route.key(SK), set=news | {"version": before.version + 1}, expect=expect)
        return self._table.together(change, *also) if also else self._table.change(change) is not None
