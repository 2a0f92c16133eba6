"""Calls a minute of one caller, over all processes: a few are leased at a time, so that most of them cost no write."""

from typing import NamedTuple

from fanfold.clock import Clock
from fanfold.limits.bucket import Bucket
from fanfold.limits.route import paced

FRESH_SECONDS = 30.0
"""How long leased calls may be used: a process that stands still keeps them from others."""
SHARE = 60
"""A lease has so much of a minute's calls."""
TRIES = 4


class _Leased(NamedTuple):
    calls: int
    until: float


class Pace:
    """The paces of all callers."""

    def __init__(self, bucket: Bucket, clock: Clock) -> None:
        self._bucket, self._clock = bucket, clock
        self._leased: dict[str, _Leased] = {}

    def wait(self, caller: str, per_minute: int) -> float:
        """0 if the caller may make this call; otherwise the seconds until it is worth trying again."""
        now = self._clock().timestamp()
        leased = self._leased.get(caller, _Leased(0, 0.0))
        if not leased.calls or leased.until < now:
            calls, wait = self._lease(caller, per_minute)
            if not calls:
                return max(wait, 0.1)
            leased = _Leased(calls, now + FRESH_SECONDS)
        self._leased[caller] = leased._replace(calls=leased.calls - 1)
        return 0.0

    def _lease(self, caller: str, per_minute: int) -> tuple[int, float]:
        """A few calls, or the seconds until there are some; who only met others at the bucket tries again."""
        wants = [0] * max(1, per_minute // SHARE)
        for _ in range(TRIES):
            lease = self._bucket.lease(paced(f"calls-{caller}", per_minute), wants)
            if lease.requests or lease.taken_back:
                break
        return lease.requests, lease.wait
