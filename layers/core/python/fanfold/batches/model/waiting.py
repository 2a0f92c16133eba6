"""What a part of a batch waits for, told wherever somebody looks at it."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Reason(StrEnum):
    """Why nothing moves."""

    QUEUE = "queue"
    """Others are before it."""
    VALIDATION = "validation"
    """The provider looks through the batch."""
    QUOTA = "provider_quota"
    """What the provider's account may spend is used up."""
    RATE_LIMIT = "rate_limit"
    """The provider said when to come back, or the deployment keeps to its limits."""
    TOKEN_LIMIT = "token_limit"  # noqa: S105
    """As many tokens are enqueued at the provider as it takes."""
    BREAKER = "breaker"
    """The provider does not answer; one call in a while sees whether it is back."""
    PROVIDER = "provider"
    """The provider could not be reached when it was last tried."""
    BUDGET = "budget"
    """Money is set aside that may come back."""


class Waiting(BaseModel):
    """Why, since when, when it is tried next, and in whose words. Times are stamps of UTC."""

    model_config = ConfigDict(frozen=True)

    reason: Reason
    since: str
    next_try: str | None = None
    said: str | None = None
    """The provider's words, or ours."""
    tries: int = 0
    """How often it was tried."""


def together(found: Iterable[Waiting | None]) -> list[Waiting]:
    """Each reason once: since the first of them, next tried with the first, in the last words."""
    reasons: dict[Reason, Waiting] = {}
    for each in found:
        if each is not None:
            before = reasons.get(each.reason)
            reasons[each.reason] = each if before is None else _joined(before, each)
    return sorted(reasons.values(), key=lambda waiting: waiting.since)


def _joined(one: Waiting, other: Waiting) -> Waiting:
    tries = [each.next_try for each in (one, other) if each.next_try]
    news = {"since": min(one.since, other.since), "next_try": min(tries, default=None)}
    return one.model_copy(update=news | {"said": other.said or one.said, "tries": max(one.tries, other.tries)})
