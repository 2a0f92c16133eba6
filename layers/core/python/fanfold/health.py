"""Health: whether each thing that a deployment stands on answers."""

from collections.abc import Callable, Mapping

from pydantic import BaseModel


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


def _ask(call: Callable[[], object]) -> Check:
    try:
        call()
    except Exception as error:  # whatever it is, it is the answer
        return Check(ok=False, error=f"{type(error).__name__}: {error}")
    return Check(ok=True)
