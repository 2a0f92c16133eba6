"""A chunk's purse: money that is set aside for as many of its requests as there is money for, again and again.

What requests did not cost is given back as soon as all of them have their outcomes, and is then there for the next.
"""

from collections.abc import Mapping

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import Shard
from fanfold.batches.realtime_lane.calls import PendingRequest
from fanfold.batches.results.reserve import bounds_of
from fanfold.batches.stores.chunk_claims import Claim
from fanfold.errors import Superseded
from fanfold.jobs.budget import Bound
from fanfold.ports import Change


class Purse:
    """The money of one chunk in a round; every attempt on it has the same."""

    def __init__(self, shard: Shard, job: BatchJob, chunk: int, backend: BatchBackend) -> None:
        self._shard, self._job, self._chunk, self._backend = shard, job, chunk, backend

    @property
    def _key(self) -> str:
        """What the money is set aside under."""
        return f"r{self._shard.round}c{self._chunk}"

    def cover(self, asks: Mapping[int, PendingRequest]) -> dict[int, PendingRequest]:
        """Those of the asks, in order, that money is set aside for now: by this attempt, or by one that died."""
        if not asks:
            return {}
        reserved = self._backend.budgets.reserve(self._shard.ref, self._key, self._bounds(asks))
        return {position: ask for position, ask in asks.items() if reserved.covers(position)}

    def waits(self) -> bool:
        """Whether money is set aside for others, and may come back."""
        return self._backend.budgets.waits(self._shard.ref, self._key)

    def beyond(self, asks: Mapping[int, PendingRequest]) -> set[int]:
        """Those that all that is left does not cover."""
        left = self._backend.budgets.left(self._shard.ref)
        return {bound.place for bound in self._bounds(asks) if bound.nanos > left}

    def pay(self, claim: Claim, spent: int) -> Claim:
        """All that there was money for has its outcome, and the chunk has cost so much: the rest goes back.

        Raises Superseded for a worker that was given up.
        """
        self._backend.budgets.settle(
            self._shard.ref, self._key, spent - claim.paid, self._backend.claims.paid(claim, spent)
        )
        now = self._backend.claims.get(self._shard.ref, self._shard.number, self._chunk)
        if now is None or now.attempt != claim.attempt:
            raise Superseded(f"a newer attempt has chunk {self._chunk} of {self._shard.job}")
        return now

    def settling(self, spent: int) -> list[Change]:
        """What gives back what was set aside, but for what it cost, together with the chunk's end."""
        change = self._backend.budgets.settling(self._shard.ref, self._key, spent) if self._job.budgeted else None
        return [change] if change else []

    def _bounds(self, asks: Mapping[int, PendingRequest]) -> list[Bound]:
        bodies = [(ask.position, ask.body) for ask in asks.values()]
        return bounds_of(self._job, self._shard.model, "realtime", bodies, self._backend)
