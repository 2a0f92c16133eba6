"""Health: whether each thing that a deployment stands on answers."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from pydantic import BaseModel

from fanfold.clock import Clock

ASKED_ANEW = timedelta(minutes=1)
"""Until then a provider's last answer stands, whoever asks."""


class Reachable(Protocol):
    """A provider, as far as it matters here."""

    @property
    def account(self) -> str:
        """A digest of the key."""

    def reach(self) -> None:
        """Make its cheapest call."""


class Check(BaseModel):
    """One thing asked: whether it answered, and what it raised if not."""

    ok: bool
    error: str | None = None


class Health(BaseModel):
    status: str
    version: str
    checks: dict[str, Check] = {}
    active_sessions: int | None = None
    """Writing sessions that are open, and jobs of theirs that run or wait."""
    active_jobs: int | None = None


def check(checks: Mapping[str, Callable[[], object]], version: str) -> Health:
    """Ask everything once; `degraded` if anything does not answer."""
    found = {name: _ask(call) for name, call in checks.items()}
    return Health(status="ok" if all(c.ok for c in found.values()) else "degraded", version=version, checks=found)


class ProviderChecks:
    """Whether providers answer and take our keys; under one key each is asked once a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[tuple[str, str], tuple[datetime, Check]] = {}

    def of(self, providers: Mapping[str, Reachable]) -> dict[str, Callable[[], object]]:
        """A check for each."""
        return {f"provider {name}": partial(self._check, name, provider) for name, provider in providers.items()}

    def _check(self, name: str, provider: Reachable) -> Check:
        key, now = (name, provider.account), self._clock()
        self._held = {each: held for each, held in self._held.items() if now < held[0]}
        if key not in self._held:
            self._held[key] = (now + ASKED_ANEW, _ask(provider.reach))
        return self._held[key][1]


def _ask(call: Callable[[], object]) -> Check:
    try:
        found = call()
    except Exception as error:  # whatever it is, it is the answer
        return Check(ok=False, error=f"{type(error).__name__}: {error}")
    return found if isinstance(found, Check) else Check(ok=True)
