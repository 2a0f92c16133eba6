"""The ledger of providers whose batches carry no marker: whose turn it is to submit, and whose each batch is.

Under one key at such a provider only one submit is under way at a time. So of all batches that nobody has, a
submit that died made at most one while it had its turn. A turn is taken over when whoever has it can't be calling
the provider any more.
"""

from datetime import datetime, timedelta

from fanfold.clock import Clock, moment, stamp
from fanfold.errors import Unsettled
from fanfold.ports import Change, Key, Table
from fanfold.providers import BatchApi

STRANGER = "-"
SKEW = timedelta(seconds=10)


class SubmitLock:
    """One submit's turn in the account of an unmarked provider; of any other provider it costs nothing."""

    def __init__(self, ledger: "SubmitLocks", partition: str, owner: str) -> None:
        self._ledger, self._partition, self._owner = ledger, partition, owner

    def known(self, batch: str) -> bool:
        """Whether the batch is another's."""
        return self._ledger.owner(self._partition, batch) not in (None, self._owner)

    def look(self) -> None:
        """Nobody else is submitting, as far as can be seen without taking the turn. Raises Unsettled."""
        self._ledger.held(self._partition, self._owner, fresh=False)

    def begin(self) -> None:
        """It is this owner's turn. Raises Unsettled while it is another's."""
        self._ledger.hold(self._partition, self._owner, fresh=False)

    def renew(self) -> None:
        """Right before the create: nobody has taken the turn over, and nobody will while it lasts. Raises Unsettled."""
        self._ledger.hold(self._partition, self._owner, fresh=True)

    def enter(self, batch: str) -> None:
        """The batch is this owner's. Raises Unsettled if it is another's by now."""
        self._ledger.enter(self._partition, batch, self._owner)

    def disown(self, batch: str) -> None:
        """The batch is none of ours."""
        self._ledger.enter(self._partition, batch, STRANGER, before=self._owner)

    def end(self) -> None:
        """Let the next one submit. Without it the turn ends when it is `patience` old."""
        self._ledger.leave(self._partition, self._owner)


class NoLock(SubmitLock):
    """Where batches carry a marker there is nothing to keep."""

    def known(self, batch: str) -> bool:
        return False

    def look(self) -> None: ...

    def begin(self) -> None: ...

    def renew(self) -> None: ...

    def enter(self, batch: str) -> None: ...

    def disown(self, batch: str) -> None: ...

    def end(self) -> None: ...


class SubmitLocks:
    """Turns and batches by provider and account.

    `patience` (seconds) is how long a call to a provider may take, `skew` what the provider's clock may be off ours.
    """

    def __init__(self, table: Table, clock: Clock, patience: float, skew: timedelta = SKEW) -> None:
        self._table, self._clock = table, clock
        self._patience, self._skew = timedelta(seconds=patience), skew

    def turn(self, provider: str, made: BatchApi, owner: str) -> SubmitLock:
        """The account, in this owner's name."""
        if made.capabilities.marked_batches:
            return NoLock(self, "", owner)
        return SubmitLock(self, f"P#{provider}#{made.account}", owner)

    def tries(self, creates: list[str]) -> tuple[tuple[datetime, datetime], ...]:
        """From when to when creates that began at these times can have taken effect."""
        return tuple((moment(each) - self._skew, moment(each) + self._patience + self._skew) for each in creates)

    def learn(self, route: str, tokens: int) -> None:
        """Note how many tokens an account takes in the batches of a model."""
        self._table.change(Change(key=Key(route, "ENQUEUED"), set={"limit": tokens, "at": stamp(self._clock())}))

    def learnt(self, route: str) -> int | None:
        """How many that are, if it was ever told."""
        item = self._table.get(Key(route, "ENQUEUED"))
        return int(item["limit"]) if item else None

    def hold(self, partition: str, owner: str, *, fresh: bool) -> None:
        """Write the turn down; `fresh` wants it to be the owner's already. Raises Unsettled."""
        held = self.held(partition, owner, fresh=fresh)
        news = {"owner": owner, "since": stamp(self._clock())}
        if self._table.change(Change(key=Key(partition, "TURN"), set=news, expect=held)) is None:
            raise Unsettled("another submit has taken its turn at the provider")

    def held(self, partition: str, owner: str, *, fresh: bool) -> dict[str, str | None]:
        """Whose turn it is and since when, if this owner could have it now. Raises Unsettled if not."""
        item = self._table.get(Key(partition, "TURN")) or {}
        holder, since = item.get("owner"), item.get("since")
        stale = since is not None and moment(since) + self._patience + 2 * self._skew < self._clock()
        if holder != owner and (fresh or not (holder is None or stale)):
            raise Unsettled("another submit has its turn at the provider")
        return {"owner": holder, "since": since}

    def leave(self, partition: str, owner: str) -> None:
        """Give the turn up, if it is the owner's."""
        news = {"owner": None, "since": None}
        self._table.change(Change(key=Key(partition, "TURN"), set=news, expect={"owner": owner}))

    def owner(self, partition: str, batch: str) -> str | None:
        """Whose the batch is; None if it is not in the books."""
        item = self._table.get(Key(partition, f"B#{batch}"))
        return item["owner"] if item else None

    def enter(self, partition: str, batch: str, owner: str, before: str | None = None) -> None:
        """Put the batch into the books. Raises Unsettled if it is in another's name."""
        change = Change(key=Key(partition, f"B#{batch}"), set={"owner": owner}, expect={"owner": before})
        if self._table.change(change) is None and self.owner(partition, batch) != owner:
            raise Unsettled(f"batch {batch} is another's")
