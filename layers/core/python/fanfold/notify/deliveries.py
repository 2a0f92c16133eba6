"""The deliveries of all tenants.

One is pending until it has arrived or is given up, and then in the index `open` under the time of its next try. Who
tries takes it first, for `HELD`: if they die, it is due again when that is over.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from fanfold.clock import Clock, stamp
from fanfold.errors import NotFound
from fanfold.jobs.store import Unreadable
from fanfold.notify.delivery import (
    KEPT_TRIES,
    DeliveryFilters,
    DeliveryPage,
    DeliveryState,
    DeliveryTry,
    KeptDelivery,
)
from fanfold.notify.kinds import EventPayload
from fanfold.ports import Change, Item, Key, Query, Table, every_item

LOG = logging.getLogger(__name__)
KEPT = timedelta(days=30)
"""How long the log of a delivery is there."""
HELD = timedelta(seconds=90)
"""How long who tries a delivery has it to themselves: longer than a try takes."""
OPEN = "delivery"
INNER = {"tenant", "endpoint", "event"}
"""Fields that are in the key."""


class Deliveries:
    def __init__(self, table: Table, clock: Clock) -> None:
        self._table, self._clock = table, clock

    def add(self, message: EventPayload, endpoint: str, url: str, due_at: datetime) -> KeptDelivery | None:
        """A new delivery, due then; None if this event was added for the endpoint before."""
        now = self._clock()
        made = KeptDelivery(
            tenant=message.tenant,
            endpoint=endpoint,
            event=message.id,
            type=message.type,
            url=url,
            body=message.model_dump_json(),
            created_at=stamp(now),
            next_try_at=stamp(due_at),
        )
        item = made.model_dump(mode="json", exclude=INNER, exclude_none=True) | _open(stamp(due_at))
        item |= {"listing": _partition(made.tenant, endpoint), "listed": f"{made.created_at}#{made.event}"}
        item |= {"expires": int((now + KEPT).timestamp())}
        written = self._table.change(Change(key=_key(made), set=item, expect={"state": None}))
        return _delivery(written) if written else None

    def get(self, tenant: str, endpoint: str, event: str) -> KeptDelivery:
        """The delivery. Raises NotFound."""
        item = self._table.get(Key(_partition(tenant, endpoint), event))
        if item is None:
            raise NotFound(f"nothing of {event!r} was to be delivered to {endpoint!r}", field="event")
        return _delivery(item)

    def take(self, delivery: KeptDelivery) -> KeptDelivery | None:
        """The delivery, to oneself for a while; None if somebody else has taken it."""
        until = stamp(self._clock() + HELD)
        same = {"state": DeliveryState.PENDING.value, "version": delivery.version}
        return self._moved(delivery, {"next_try_at": until} | _open(until), same)

    def postpone(self, delivery: KeptDelivery, due_at: datetime) -> None:
        """Have it looked at again then, without a try; nothing happens if somebody else has taken it."""
        due = stamp(due_at)
        same = {"state": DeliveryState.PENDING.value, "version": delivery.version}
        self._moved(delivery, {"next_try_at": due} | _open(due), same)

    def settle(
        self, delivery: KeptDelivery, url: str, done: DeliveryTry, state: DeliveryState, due_at: datetime | None
    ) -> KeptDelivery | None:
        """Write down a try, and what comes next; None if it took so long that somebody else has tried."""
        tries = (*delivery.tries, done)[-KEPT_TRIES:]
        due = stamp(due_at) if due_at else None
        news: Item = {"state": state.value, "url": url, "next_try_at": due} | _open(due)
        news |= {"tries": [each.model_dump(mode="json", exclude_none=True) for each in tries]}
        news |= {"tried": delivery.tried + 1}
        return self._moved(delivery, news, {"version": delivery.version})

    def again(self, delivery: KeptDelivery) -> KeptDelivery | None:
        """Have it delivered once more, with all its tries; None if somebody else works on it."""
        until = stamp(self._clock() + HELD)
        news = {"state": DeliveryState.PENDING.value, "tried": 0, "next_try_at": until} | _open(until)
        return self._moved(delivery, news, {"version": delivery.version})

    def page(self, tenant: str, endpoint: str, asked: DeliveryFilters) -> DeliveryPage:
        """The deliveries to an endpoint; an item that is none any more is logged and left out."""
        query = Query(
            partition=_partition(tenant, endpoint),
            index="listing",
            newest_first=True,
            limit=asked.limit,
            after=asked.cursor,
        )
        found = self._table.page(query)
        deliveries = [delivery.shown() for delivery in _readable(found.items, _log)]
        wanted = [each for each in deliveries if asked.state in (None, each.state)]
        return DeliveryPage(deliveries=wanted, cursor=found.cursor)

    def due(self, unreadable: Unreadable) -> Iterator[KeptDelivery]:
        """Everybody's deliveries whose time has come, the longest waiting first; an item that is none any more goes to
        `unreadable`, with its key and the error."""
        query = Query(partition=OPEN, index="open", until=stamp(self._clock()))
        return _readable(every_item(self._table, query), unreadable)

    def _moved(self, delivery: KeptDelivery, news: dict[str, Any], same: dict[str, Any]) -> KeptDelivery | None:
        item = self._table.change(Change(key=_key(delivery), set=news, add={"version": 1}, expect=same))
        return _delivery(item) if item else None


def _readable(items: Iterable[Item], unreadable: Unreadable) -> Iterator[KeptDelivery]:
    for item in items:
        try:
            yield _delivery(item)
        except ValueError as error:
            unreadable(f"{item['pk']} {item['sk']}", error)


def _log(item: str, error: Exception) -> None:
    LOG.warning("%s can't be read: %s", item, error)


def _open(due: str | None) -> dict[str, str | None]:
    return {"open": OPEN if due else None, "open_since": due}


def _delivery(item: Item) -> KeptDelivery:
    _, tenant, _, endpoint = item["pk"].split("#")
    return KeptDelivery.model_validate(item | {"tenant": tenant, "endpoint": endpoint, "event": item["sk"]})


def _key(delivery: KeptDelivery) -> Key:
    return Key(_partition(delivery.tenant, delivery.endpoint), delivery.event)


def _partition(tenant: str, endpoint: str) -> str:
    return f"T#{tenant}#W#{endpoint}"
