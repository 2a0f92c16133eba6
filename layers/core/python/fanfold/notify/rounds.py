"""Rounds: deliveries tried side by side, as long as there is time.

A receiver that can't be reached holds up no other: once a try failed for it, its further ones wait, each for half of
its age, so that they do not stand before everybody else's in the next round.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice

from fanfold.clock import moment
from fanfold.errors import Superseded
from fanfold.notify.backend import NotifyBackend
from fanfold.notify.deliver import deliver
from fanfold.notify.delivery import DeliveryState, KeptDelivery, wait_behind
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


def deliver_due(backend: NotifyBackend, has_time: HasTime) -> DeliveryRound:
    """Try what is due: one delivery for each receiver first, then the others of those that can be reached."""
    going = _Round(backend, has_time)
    due = list(islice(backend.deliveries.due(going.done.fail), MOST_LOOKED_AT))
    firsts = {_receiver(delivery): delivery for delivery in reversed(due)}
    going.each(firsts.values(), going.take)
    going.each((delivery for delivery in due if firsts[_receiver(delivery)] is not delivery), going.take)
    return going.done


def deliver_taken(deliveries: Iterable[KeptDelivery], backend: NotifyBackend, has_time: HasTime) -> DeliveryRound:
    """Try deliveries that nobody else has."""
    going = _Round(backend, has_time)
    going.each(deliveries, lambda delivery: deliver(delivery, backend))
    return going.done


class _Round:
    """What is known of receivers while a round lasts, and what it did."""

    def __init__(self, backend: NotifyBackend, has_time: HasTime) -> None:
        self._backend, self._has_time = backend, has_time
        self._unreachable: set[tuple[str, ...]] = set()
        self.done = DeliveryRound()

    def each(self, deliveries: Iterable[KeptDelivery], step: Callable[[KeptDelivery], KeptDelivery]) -> None:
        with ThreadPoolExecutor(self._backend.at_a_time) as pool:
            for became in pool.map(lambda delivery: self._one(delivery, step), deliveries):
                setattr(self.done, became, getattr(self.done, became) + 1)

    def take(self, delivery: KeptDelivery) -> KeptDelivery:
        """Try one that is anybody's. Raises Superseded if somebody else has taken it."""
        taken = self._backend.deliveries.take(delivery)
        if taken is None:
            raise Superseded(f"{delivery.event} was taken by somebody else")
        return deliver(taken, self._backend)

    def _one(self, delivery: KeptDelivery, step: Callable[[KeptDelivery], KeptDelivery]) -> str:
        """What became of it, as the round counts it."""
        if not self._has_time():
            return "left"
        receiver = _receiver(delivery)
        unreachable = receiver in self._unreachable
        after = self.done.attempt("/".join(receiver[:2]), self._postpone if unreachable else step, delivery)
        if unreachable or after is None:
            return "left"
        if after.state is DeliveryState.PENDING:
            self._unreachable.add(receiver)
        return after.state

    def _postpone(self, delivery: KeptDelivery) -> KeptDelivery:
        now = self._backend.clock()
        seconds = wait_behind(now - moment(delivery.created_at), self._backend.chance())
        self._backend.deliveries.postpone(delivery, now + timedelta(seconds=seconds))
        return delivery


def _receiver(delivery: KeptDelivery) -> tuple[str, ...]:
    return delivery.tenant, delivery.endpoint, delivery.url
