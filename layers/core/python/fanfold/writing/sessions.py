"""Sessions in the table: `META` is the session, `TALLY` what it has used, `H#…` its jobs in order.

The item `WRITING` / `COUNT` has the number of sessions that are open, for a look that costs one read.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from fanfold.clock import Clock, moment, stamp
from fanfold.errors import Conflict, NotFound, Superseded
from fanfold.jobs.store import META
from fanfold.ports import Change, Item, Key, Query, Table, every_item
from fanfold.versions import brought_up, newest
from fanfold.writing.job import WritingJob
from fanfold.writing.session import Session, SessionRef, SessionState, SessionTotals, plain

TALLY = "TALLY"
COUNT = Key("WRITING", "COUNT")
IDLE, REMOVAL = "expiry#session", "removal#session"
"""Partitions of the index `open`: sessions by the time that they will have been idle for too long; those to clear."""


class Past(NamedTuple):
    """A job in a session's history."""

    epoch: int
    created_at: str
    job: str


class Sessions:
    """`idle_days` is how long a session may be left alone."""

    def __init__(self, table: Table, clock: Clock, idle_days: int) -> None:
        self._table, self._clock, self._idle = table, clock, timedelta(days=idle_days)

    def create(self, session: Session) -> Session | None:
        """Write a new session, once, and count it. None if it is new; otherwise the one that has its id."""
        item = _item(session) | {"version": session.version}
        places = {"listing": f"T#{session.tenant}#session", "listed": f"{session.created_at}#{session.id}"}
        made = Change(key=session.ref.key(META), set=item | places | self._open(session), expect={"state": None})
        if self._table.together(made, Change(key=COUNT, add={"sessions": 1})):
            return None
        return self.get(session.ref)

    def find(self, ref: SessionRef) -> Session | None:
        """The session, also one that is being deleted."""
        item = self._table.get(ref.key(META))
        return _session(item) if item else None

    def get(self, ref: SessionRef) -> Session:
        """The session. Raises NotFound, also for another tenant's and for one that is being deleted."""
        session = self.find(ref)
        if session is None or session.state is SessionState.DELETING:
            raise NotFound(f"there is no session {ref.session!r}", field="session")
        return session

    def move(self, session: Session, *also: Change, **news: Any) -> Session:
        """Change a session that is still as we read it, together with other items. Raises Superseded."""
        after = session.model_copy(update=news)
        kept = _whole_if_old(session) | news | ({"options": plain(after.options)} if "options" in news else {})
        change = Change(
            key=session.ref.key(META),
            set=kept | self._open(after),
            add={"version": 1},
            expect={"version": session.version},
        )
        if not self._table.together(change, *also):
            raise Superseded(f"session {session.id} has moved on")
        return after.model_copy(update={"version": session.version + 1, "written_as": newest(Session.STEPS)})

    def empty(self, session: Session, *, delete: bool) -> Session:
        """Begin a new epoch, and ask for the removal of those before it in the same write: whoever dies before the
        removal starts leaves a name that the sweeper finds unused. One that is deleted is listed and counted no more.
        Raises Superseded."""
        news: dict[str, Any] = {
            "epoch": session.epoch + 1,
            "removals": session.removals + 1,
            "trained": False,
            "last_activity": stamp(self._clock()),
        }
        if not delete:
            return self.move(session, **news)
        news |= {"state": SessionState.DELETING, "listing": None, "listed": None}
        return self.move(session, Change(key=COUNT, add={"sessions": -1}), **news)

    def touch(self, session: Session, *also: Change) -> bool:
        """Note activity, together with other items; False if one of those was not as expected.

        Raises Conflict if the session was emptied meanwhile.
        """
        now = stamp(self._clock())
        fresh = session.model_copy(update={"last_activity": now})
        same = {"state": session.state, "epoch": session.epoch}
        touched = Change(key=session.ref.key(META), set={"last_activity": now, **self._open(fresh)}, expect=same)
        if self._table.together(touched, *also):
            return True
        found = self.get(session.ref)
        if found.epoch != session.epoch:
            raise Conflict(f"session {session.id} was reset at the same moment; ask again")
        return False

    def tally(self, ref: SessionRef) -> SessionTotals:
        return SessionTotals.model_validate(self._table.get(ref.key(TALLY)) or {})

    def count(self) -> int:
        """Open sessions of all tenants."""
        return int((self._table.get(COUNT) or {}).get("sessions", 0))

    def page(self, tenant: str, limit: int, cursor: str | None) -> tuple[list[Session], str | None]:
        """A page of the tenant's sessions, newest first, and the next page's cursor."""
        page = self._table.page(
            Query(partition=f"T#{tenant}#session", index="listing", newest_first=True, limit=limit, after=cursor)
        )
        return [_session(item) for item in page.items], page.cursor

    def idle(self) -> Iterator[Session]:
        """Every tenant's sessions that were left alone for too long, the longest first."""
        return self._every(Query(partition=IDLE, index="open", until=stamp(self._clock())))

    def unclear(self) -> Iterator[Session]:
        """Every tenant's sessions of which something has to be removed."""
        return self._every(Query(partition=REMOVAL, index="open"))

    def remembered(self, ref: SessionRef, prefix: str) -> Iterator[Item]:
        """The session's items whose sort key begins so, in order."""
        query = Query(partition=ref.partition, prefix=prefix)
        return every_item(self._table, query)

    def history(self, session: Session, limit: int, cursor: str | None) -> tuple[list[Past], str | None]:
        """A page of the session's jobs since it was last reset, newest first."""
        prefix = f"H#{session.epoch:04d}#"
        page = self._table.page(
            Query(partition=session.ref.partition, prefix=prefix, newest_first=True, limit=limit, after=cursor)
        )
        return [past(item) for item in page.items], page.cursor

    def drop(self, ref: SessionRef, sk: str) -> None:
        self._table.remove(ref.key(sk))

    def forget(self, session: Session) -> None:
        """Forget every item of a deleted session, its own last."""
        for item in list(self.remembered(session.ref, "")):
            if item["sk"] != META:
                self.drop(session.ref, item["sk"])
        self.drop(session.ref, META)

    def _open(self, session: Session) -> Item:
        """The place in the index `open`."""
        if session.stale or session.state is SessionState.DELETING:
            return {"open": REMOVAL, "open_since": session.last_activity}
        until = stamp(moment(session.last_activity) + self._idle)
        return {"open": IDLE, "open_since": until}

    def _every(self, query: Query) -> Iterator[Session]:
        return (_session(item) for item in every_item(self._table, query))


def remember(job: WritingJob) -> Change:
    """The write of a job as a line of its session's history, once."""
    return Change(key=job.session_ref.key(job.line), set={"job": job.id}, expect={"job": None})


def trained(session: Session) -> Change:
    """The write that says that the session has learnt something."""
    same = {"state": session.state, "epoch": session.epoch}
    return Change(key=session.ref.key(META), set={"trained": True}, expect=same)


def past(item: Item) -> Past:
    """A line of the history."""
    _, epoch, created_at, job = item["sk"].split("#")
    return Past(int(epoch), created_at, job)


def _session(item: Item) -> Session:
    _, tenant, _, session = item["pk"].split("#")
    written_as = item.get("written_as", 1)
    known = brought_up(item, Session.STEPS, written_as)
    return Session.model_validate(known | {"tenant": tenant, "id": session, "written_as": written_as})


def _item(session: Session) -> Item:
    """What the table has of a session, but for its places in the indexes."""
    item = session.model_dump(mode="json", exclude={"tenant", "id", "options", "version"})
    return item | {"options": plain(session.options)}


def _whole_if_old(session: Session) -> Item:
    """All of a session that an earlier release wrote, as this one writes it; nothing of others."""
    now = newest(Session.STEPS)
    return {} if session.written_as == now else _item(session) | {"written_as": now}
