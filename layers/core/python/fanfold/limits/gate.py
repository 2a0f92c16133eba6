"""A gate for each route in a process: how many calls may start now, and if none, in how long.

It joins what all processes share (grants of the bucket, the breaker) with what this one sees: calls in flight, more
of them with every answer and half as many when told off (AIMD), failures in a row, and when to come back.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from fanfold.clock import Clock
from fanfold.errors import ProviderThrottled, ProviderUnavailable
from fanfold.limits.breaker import FAILURES, Breaker
from fanfold.limits.bucket import Back, Bucket
from fanfold.limits.route import Route
from fanfold.ports import Change

FRESH_SECONDS = 30.0
"""How long leased grants may be used; what is left then goes back."""
SLOWED_SECONDS = 1.0
"""Answers of one overload come together: they halve the window once."""
LEAST_OUTPUT = 64
"""Tokens that an answer is taken to have while nothing is known of others."""
PATIENCE, LEAST_WAIT = 8, 0.2
"""While a breaker is open, processes come back after this part of the time that it has been."""
TIMED_OUT, STRANGE = "timed_out", "plugin_error"
OWN = frozenset({TIMED_OUT, STRANGE})
"""Failures that a tenant's requests may be the reason of: answers that take long, or that our code does not know."""


class Passed(NamedTuple):
    """How many calls may start; if none, `wait` is the seconds until it is worth asking again. A `probe` is alone."""

    calls: int
    wait: float = 0.0
    probe: bool = False


class Gate:
    """`most` is how many calls of this process may be in flight."""

    def __init__(self, route: Route, bucket: Bucket, breaker: Breaker, clock: Clock, most: int) -> None:
        self._route, self._bucket, self._breaker, self._clock = route, bucket, breaker, clock
        self._most = most
        self._window = float(most)
        self._failures: list[str | None] = []
        """Those in a row: whose own they may be, or None for the provider's."""
        self._requests = self._tokens = 0
        self._leased_at = self._slowed_at = self._hold_until = 0.0
        self._back = Back()
        self.said: ProviderThrottled | None = None
        """How the provider told us off last, since it last answered."""
        self.mean: int | None = None
        self.down = 0.0
        """Seconds that the route had been down for when that was last looked at; 0 if it was not."""

    @property
    def window(self) -> int:
        """Calls that may be in flight."""
        return int(self._window)

    def estimate(self, size: int, max_tokens: int | None) -> int:
        """Tokens that a body of so many bytes is taken to need: its own, and an answer as long as those before."""
        output = self.mean if self.mean is not None else max_tokens or LEAST_OUTPUT
        return size // 4 + min(output, max_tokens or output)

    def ready(self) -> bool:
        """Whether a call can start without asking anybody."""
        return self._requests > 0 and self._held() <= 0 and self._seconds() - self._leased_at < FRESH_SECONDS

    def take(self) -> int:
        """Start a call, when `ready`: the tokens that are reserved for it. They even out among those of a lease."""
        reserved = self._tokens // self._requests
        self._requests, self._tokens = self._requests - 1, self._tokens - reserved
        return reserved

    async def ask(self, wants: Sequence[int], tenant: str = "") -> Passed:
        """Have calls of so many tokens each pass, in order, as many of the tenant's as may."""
        if (held := self._held()) > 0:
            return Passed(0, held)
        circuit = await asyncio.to_thread(self._breaker.look, self._route)
        self.down = self._breaker.open_for(circuit) if circuit.holds(tenant) else 0.0
        if not circuit.holds(tenant):
            return await self._lease(wants)
        if await asyncio.to_thread(self._breaker.probe, self._route, circuit):
            return Passed(1, probe=True)
        wait = max(self._breaker.until_probe(circuit), self._breaker.open_for(circuit) / PATIENCE, LEAST_WAIT)
        return Passed(0, wait)

    def spent(self, reserved: int, input_tokens: int, output_tokens: int) -> None:
        """A call was answered: what it took of what was reserved. More may be in flight from now on."""
        self.said = None
        self._failures.clear()
        self._window = min(float(self._most), self._window + 1 / self._window)
        back = self._back
        unspent = back.tokens + reserved - input_tokens - output_tokens
        self._back = Back(back.requests, unspent, back.answers + 1, back.output_tokens + output_tokens)

    def refused(self, reserved: int) -> None:
        """A request was turned down: the provider is there, and it took no tokens."""
        self._failures.clear()
        self._unspent(reserved)

    def hasty(self, reserved: int) -> None:
        """A call was given up sooner than others are: that is its batch's own wish, and says nothing of the route."""
        self._unspent(reserved)

    async def failed(
        self, error: ProviderUnavailable, reserved: int, counted: Sequence[Change] = (), tenant: str = ""
    ) -> None:
        """A call of the tenant's failed in a way that may pass: hold back if told so, open the breaker if it was one
        of many, for all unless it may be the tenant's own doing.

        What `counted` changes is changed with an opening.
        """
        self._unspent(reserved)
        if isinstance(error, ProviderThrottled):
            self.said = error
            self._failures.clear()
            await self._throttled(error.retry_after)
            return
        self._failures.append(tenant if error.kind in OWN else None)
        if len(self._failures) >= FAILURES:
            whose = set(self._failures)
            only = whose.pop() if len(whose) == 1 else None
            self._failures.clear()
            await asyncio.to_thread(partial(self._breaker.trip, self._route, *counted, only=only))
            self._give_up()

    async def probed(self, *, well: bool, tenant: str = "") -> None:
        """What became of the tenant's probe."""
        told = self._breaker.mend if well else partial(self._breaker.trip, only=tenant)
        await asyncio.to_thread(told, self._route)

    async def settle(self) -> None:
        """Bring grants back that are left when some work ends; what else there is goes with the next lease."""
        self._give_up()
        if self._back.requests:
            await self._lease(())

    async def _lease(self, wants: Sequence[int]) -> Passed:
        self._give_up()
        back, self._back = self._back, Back()
        lease = await asyncio.to_thread(self._bucket.lease, self._route, wants, back)
        if not lease.taken_back:
            since = self._back
            self._back = Back(*(one + other for one, other in zip(back, since, strict=True)))
        self.mean = lease.mean if lease.mean is not None else self.mean
        self._requests, self._tokens, self._leased_at = lease.requests, lease.tokens, self._seconds()
        return Passed(lease.requests, lease.wait)

    def _give_up(self) -> None:
        """What was leased is to be brought back; the next call has to ask."""
        back = self._back
        self._back = back._replace(requests=back.requests + self._requests, tokens=back.tokens + self._tokens)
        self._requests = self._tokens = 0

    def _unspent(self, reserved: int) -> None:
        self._back = self._back._replace(tokens=self._back.tokens + reserved)

    async def _throttled(self, retry_after: float | None) -> None:
        now = self._seconds()
        if retry_after:
            self._hold_until = max(self._hold_until, now + retry_after)
        if now - self._slowed_at >= SLOWED_SECONDS:
            self._window, self._slowed_at = max(1.0, self._window / 2), now
        elif not retry_after:
            return
        await asyncio.to_thread(self._bucket.slow, self._route, retry_after)

    def _held(self) -> float:
        return self._hold_until - self._seconds()

    def _seconds(self) -> float:
        return self._clock().timestamp()


class Gates:
    """The gates of a process, by route."""

    def __init__(self, make: Callable[[Route], Gate]) -> None:
        self._make, self._made = make, dict[Route, Gate]()

    def __call__(self, route: Route) -> Gate:
        """The route's gate; made on first use."""
        if route not in self._made:
            self._made[route] = self._make(route)
        return self._made[route]
