"""Rounds: deliveries tried side by side, as long as there is time.

A receiver that can't be reached holds up no other: once a try failed for it, its further ones wait for the next round.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from fanfold.errors import Superseded
from fanfold.notify.backend import Backend
from fanfold.notify.deliver import deliver
from fanfold.notify.delivery import DeliveryState, KeptDelivery
from fanfold.sweeping import SweepRound

MOST_LOOKED_AT = 2_000
"""Due deliveries that a round looks at."""
HasTime = Callable[[], bool]
"""Whether there is time for another try."""


class DeliveryRound(SweepRound):
    """What a round did: deliveries that arrived, are tried again later, or were given up; those left for the next."""

    delivered: int = 0
    pending: int = 0
    failed: int = 0
    left: int = 0

    def add(self, other: "DeliveryRound") -> None:
        """What another round did as well."""
        for name in ("delivered", "pending", "failed", "left"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failures += other.failures


def deliver_due(backend: Backend, has_time: HasTime) -> DeliveryRound:
    """Try what is due."""

    def take(delivery: KeptDelivery) -> KeptDelivery:
        taken = backend.deliveries.take(delivery)
        if taken is None:
            raise Superseded(f"{delivery.event} was taken by somebody else")
        return deliver(taken, backend)

    return _each(islice(backend.deliveries.due(), MOST_LOOKED_AT), take, backend, has_time)


def deliver_taken(deliveries: Iterable[KeptDelivery], backend: Backend, has_time: HasTime) -> DeliveryRound:
    """Try deliveries that nobody else has."""
    return _each(deliveries, lambda delivery: deliver(delivery, backend), backend, has_time)


def _each(
    deliveries: Iterable[KeptDelivery],
    step: Callable[[KeptDelivery], KeptDelivery],
    backend: Backend,
    has_time: HasTime,
) -> DeliveryRound:
    done, unreachable = DeliveryRound(), set[tuple[str, ...]]()

    def one(delivery: KeptDelivery) -> str:
        receiver = delivery.tenant, delivery.endpoint, delivery.url
        if receiver in unreachable or not has_time():
            return "left"
        after = done.attempt("/".join(receiver[:2]), step, delivery)
        if after and after.state is DeliveryState.PENDING:
            unreachable.add(receiver)
        return after.state if after else "left"

    with ThreadPoolExecutor(backend.at_a_time) as pool:
        for became in pool.map(one, deliveries):
            setattr(done, became, getattr(done, became) + 1)
    return done
