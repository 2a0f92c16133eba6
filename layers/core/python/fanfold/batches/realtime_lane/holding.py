"""What a chunk waits for between two workers, as its claim keeps it."""

from datetime import timedelta
from typing import Any

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.waiting import Reason, Waiting
from fanfold.batches.stores.chunk_claims import Claim
from fanfold.clock import moment, stamp
from fanfold.errors import ProviderThrottled
from fanfold.limits.gate import Gate
from fanfold.providers import QUOTA, Fault, Outcome, Status


def waiting_of(claim: Claim, gate: Gate | None, delay: float, backend: BatchBackend) -> Waiting | None:
    """What the rest of a chunk waits for `delay` seconds; None if it is only the worker's time that is up."""
    if gate is None or not delay:
        return None
    now = backend.clock()
    reason = Reason.BREAKER if gate.down else _told_off(gate.said, claim)
    before = claim.waiting if claim.waiting and claim.waiting.reason is reason else None
    told = str(gate.said) if gate.said else before and before.said
    since, tries = (before.since, before.tries + 1) if before else (stamp(now), 1)
    next_try = stamp(now + timedelta(seconds=delay))
    return Waiting(reason=reason, since=since, next_try=next_try, said=told, tries=tries)


def is_final(waiting: Waiting, backend: BatchBackend) -> bool:
    """Whether an account has been used up for as long as that is waited for."""
    patience = timedelta(seconds=backend.settings.quota_patience_seconds)
    return waiting.reason is Reason.QUOTA and backend.clock() - moment(waiting.since) >= patience


def used_up(position: int, waiting: Waiting) -> Outcome:
    """The outcome of a request that such an account turned down."""
    fault = Fault(kind=QUOTA, message=f"{waiting.said}; it was tried since {waiting.since}")
    return Outcome(id=str(position), status=Status.FAILED, error=fault)


def noted(waiting: Waiting | None) -> dict[str, Any] | None:
    """It as an item keeps it."""
    return waiting.model_dump(mode="json") if waiting else None


def _told_off(said: ProviderThrottled | None, claim: Claim) -> Reason:
    """Why calls are held back; without a word from the provider it is what held them back before."""
    if said is None and claim.waiting is not None and claim.waiting.reason is Reason.QUOTA:
        return Reason.QUOTA
    return Reason.QUOTA if said is not None and said.kind == QUOTA else Reason.RATE_LIMIT
