"""Rate limits: requests and tokens a minute, by key and model, as token buckets that fill up all the time.

A call reserves its input and the most it may answer, and gets back what it did not use. Limits survive a restart,
buckets start it full.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any

from local.provider.problems import bad_request
from local.provider.store import Store

MINUTE = 60.0


@dataclass(frozen=True)
class Quota:
    """A limit of every key for every model it covers, each of them with its own buckets.

    `surface` and `model` may be "*". A bucket holds `burst` minutes' worth, and starts full. `hints` tells whether a
    refusal says when to come back.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    surface: str = "*"
    model: str = "*"
    burst: float = 1.0
    hints: bool = True
    id: int = 0

    def covers(self, surface: str, model: str) -> bool:
        return self.surface in ("*", surface) and self.model in ("*", model)


@dataclass(frozen=True)
class Level:
    """Where one bucket stands: what a minute gives, what is left, and seconds until it is full."""

    limit: int
    left: int
    full_in: float


@dataclass(frozen=True)
class Standing:
    """A call's place under its quota. `wait` is the seconds until it would be granted: 0 where it was.

    `short_of` names what there was too little of, "requests" or "tokens".
    """

    requests: Level | None
    tokens: Level | None
    wait: float = 0.0
    short_of: str = ""
    hints: bool = True


class Bucket:
    """A token bucket of `rate` a second; settling may leave it below zero or fill it up."""

    def __init__(self, a_minute: float, burst: float, now: float) -> None:
        self.a_minute = a_minute
        self._rate = a_minute / MINUTE
        self._most = max(1.0, a_minute * burst)
        self._held = self._most
        self._at = now

    def wait_for(self, amount: float, now: float) -> float:
        """Seconds until `amount` is there (more than the bucket can hold counts as all it can)."""
        self._held = min(self._most, self._held + (now - self._at) * self._rate)
        self._at = now
        missing = min(amount, self._most) - self._held
        # A float's rounding must not refuse who waited exactly as long as told.
        return missing / self._rate if missing > 1e-6 else 0.0

    def take(self, amount: float) -> None:
        """`amount` may be negative: it goes back."""
        self._held = min(self._most, self._held - amount)

    def level(self) -> Level:
        return Level(int(self.a_minute), max(0, int(self._held)), (self._most - self._held) / self._rate)


class Quotas:
    """The limits of one emulator and their buckets; only its event loop uses them."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._quotas = [replace(Quota(**json.loads(doc)), id=number) for number, doc in store.quotas()]
        self._buckets: dict[tuple[int, str, str, str], Bucket] = {}

    def add(self, spec: Mapping[str, Any]) -> Quota:
        """Switches a limit on; CallError (400) names the field that makes no sense."""
        quota = _parse(spec)
        quota = replace(quota, id=self._store.add_quota(json.dumps(asdict(quota))))
        self._quotas.append(quota)
        return quota

    def clear(self) -> None:
        """Switches all limits off."""
        self._store.drop_quotas()
        self._quotas, self._buckets = [], {}

    def listed(self) -> list[Quota]:
        return list(self._quotas)

    def take(self, surface: str, owner: str, model: str, tokens: int) -> Standing | None:
        """Takes one request and `tokens`, all or nothing; None where no limit covers the call. The last that was
        switched on counts.
        """
        quota = self._covering(surface, model)
        if quota is None:
            return None
        now = self._clock()
        pair = self._pair(quota, owner, model, now)
        waits = {name: bucket.wait_for(amount, now) for name, bucket, amount in _amounts(pair, tokens)}
        wait = max(waits.values(), default=0.0)
        if wait == 0.0:
            for _name, bucket, amount in _amounts(pair, tokens):
                bucket.take(amount)
        short_of = max(waits, key=lambda name: waits[name]) if wait else ""
        requests, held = (bucket.level() if bucket else None for bucket in pair)
        return Standing(requests, held, wait, short_of, quota.hints)

    def settle(self, surface: str, owner: str, model: str, surplus: int) -> None:
        """Gives back the tokens that a granted call reserved and did not use."""
        quota = self._covering(surface, model)
        if quota and (bucket := self._buckets.get((quota.id, owner, model, "tokens"))):
            bucket.take(-surplus)

    def _covering(self, surface: str, model: str) -> Quota | None:
        return next((quota for quota in reversed(self._quotas) if quota.covers(surface, model)), None)

    def _pair(self, quota: Quota, owner: str, model: str, now: float) -> tuple[Bucket | None, Bucket | None]:
        def bucket(name: str, a_minute: float | None) -> Bucket | None:
            if a_minute is None:
                return None
            key = (quota.id, owner, model, name)
            return self._buckets.get(key) or self._buckets.setdefault(key, Bucket(a_minute, quota.burst, now))

        return bucket("requests", quota.requests_per_minute), bucket("tokens", quota.tokens_per_minute)


def whole_seconds(wait: float) -> int:
    """A wait as Retry-After can say it: never shorter than it is."""
    return max(1, ceil(wait))


def _amounts(pair: tuple[Bucket | None, Bucket | None], tokens: int) -> list[tuple[str, Bucket, int]]:
    requests, held = pair
    found = [("requests", requests, 1), ("tokens", held, tokens)]
    return [(name, bucket, amount) for name, bucket, amount in found if bucket is not None]


def _parse(spec: Mapping[str, Any]) -> Quota:
    if unknown := set(spec) - (set(Quota.__dataclass_fields__) - {"id"}):
        raise bad_request(f"unknown fields: {', '.join(sorted(unknown))}", min(unknown))
    quota = Quota(**spec)
    for name in ("requests_per_minute", "tokens_per_minute", "burst"):
        value = getattr(quota, name)
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or value <= 0):
            raise bad_request(f"{name} must be a number above 0", name)
    if quota.requests_per_minute is None and quota.tokens_per_minute is None:
        raise bad_request("a limit needs requests_per_minute, tokens_per_minute or both", "requests_per_minute")
    return quota
