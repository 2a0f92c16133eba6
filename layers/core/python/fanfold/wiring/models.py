"""Providers of models, what they cost, and the gates that all calls in real time go through."""

import asyncio
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from fanfold import providers
from fanfold.clock import utc_now
from fanfold.limits.breaker import Breaker
from fanfold.limits.gate import Gate, Gates
from fanfold.pricing.catalogue import PriceCatalogue
from fanfold.providers import Outcome, Provider
from fanfold.wiring.entrance import bucket
from fanfold.wiring.shared import provider_keys, settings, table

T = TypeVar("T")


@cache
def provider(name: str, tenant: str = "") -> Provider:
    """The provider with the tenant's key; it is looked up at each call, so that planning needs no secret."""
    return provided(name, tenant, settings().provider_timeout_seconds)


def writer(name: str, tenant: str = "") -> Provider:
    """The provider with the tenant's key, with the patience that a long answer takes, and connections of its own."""
    return provided(name, tenant, settings().answer_seconds)


def provided(name: str, tenant: str, timeout: float) -> Provider:
    """The provider with the tenant's key; a call may take `timeout` seconds."""
    url = settings().provider_urls.get(name)
    return providers.provider(name, lambda: provider_keys().key(name, tenant), timeout, url)


@cache
def gates() -> Gates:
    """What every caller of a provider goes through in real time."""
    breaker = Breaker(table(), utc_now, settings().probe_seconds)
    most = min(settings().in_flight, settings().flush_requests)
    return Gates(lambda route: Gate(route, bucket(), breaker, utc_now, most))


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it in the process's one event loop, which the providers' clients belong to."""
    return _runner().run(work)


@cache
def prices() -> PriceCatalogue:
    return PriceCatalogue(settings().price_overrides)


def price(name: str, model: str, outcome: Outcome) -> int | None:
    """Nanodollars that an answer in real time costs; None if the model's price is not known."""
    tariff = prices().tariff(name, model, utc_now())
    return tariff.charge(outcome.usage, "realtime").spent if tariff else None
