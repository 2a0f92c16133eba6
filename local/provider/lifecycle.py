"""Where a batch stands, as a function of time alone: no clockwork runs, so a restart changes nothing.

    validating ─10 %─▶ in_progress ─90 %─▶ finalizing ─100 %─▶ completed
         └▶ failed          └────────── cancelling ─▶ cancelled    └▶ expired

Percentages are of the batch's latency, counted from its creation.
"""

from dataclasses import dataclass, field

from local.provider.records import Batch

VALIDATED, WORKED, CANCELLED_WITHIN = 0.1, 0.9, 0.1
STUCK_AT = 0.5
ENDED = ("completed", "failed", "expired", "cancelled")


@dataclass(frozen=True)
class Phase:
    """A batch's status, the share of lines done, and the Unix times (seconds) of the steps behind it."""

    status: str
    done: float
    times: dict[str, float] = field(default_factory=dict)

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED


def needs_verdict(batch: Batch, now: float) -> bool:
    """Whether validation is over by now, so that what follows depends on what it found."""
    return now >= batch.created_at + VALIDATED * batch.latency


def phase_of(batch: Batch, now: float) -> Phase:
    """The phase at `now`; asks for a verdict only where `needs_verdict` says so."""
    if (batch.verdict and batch.verdict.errors) or ("token_limit" in batch.faults and needs_verdict(batch, now)):
        return Phase("failed", 0.0, {"failed_at": batch.created_at + VALIDATED * batch.latency})
    if batch.cancelling_at is not None:
        return _cancelled(batch, batch.cancelling_at, now)
    return _running(batch, now)


def _running(batch: Batch, now: float) -> Phase:
    elapsed = now - batch.created_at
    times = {"in_progress_at": batch.created_at + VALIDATED * batch.latency}
    if elapsed < VALIDATED * batch.latency:
        return Phase("validating", 0.0)
    if "stuck" in batch.faults:
        return Phase("in_progress", min(STUCK_AT, _work(batch, elapsed)), times)
    if elapsed < WORKED * batch.latency:
        return Phase("in_progress", _work(batch, elapsed) * batch.faults.get("expired", 1.0), times)
    if "expired" in batch.faults:
        return _expired(batch, elapsed, times)
    times["finalizing_at"] = batch.created_at + WORKED * batch.latency
    if elapsed < batch.latency:
        return Phase("finalizing", 1.0, times)
    return Phase("completed", 1.0, times | {"completed_at": batch.created_at + batch.latency})


def _expired(batch: Batch, elapsed: float, times: dict[str, float]) -> Phase:
    done = batch.faults["expired"]
    if elapsed < batch.latency:
        return Phase("in_progress", done, times)
    return Phase("expired", done, times | {"expired_at": batch.created_at + batch.latency})


def _cancelled(batch: Batch, since: float, now: float) -> Phase:
    before = _running(batch, since)
    times = before.times | {"cancelling_at": since}
    until = since + CANCELLED_WITHIN * batch.latency
    if now < until:
        return Phase("cancelling", before.done, times)
    return Phase("cancelled", before.done, times | {"cancelled_at": until})


def _work(batch: Batch, elapsed: float) -> float:
    if batch.latency <= 0:
        return 1.0
    return min(1.0, max(0.0, (elapsed / batch.latency - VALIDATED) / (WORKED - VALIDATED)))
