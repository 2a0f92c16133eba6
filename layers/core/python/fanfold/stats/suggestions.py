"""Suggestions: what a tenant's own jobs of some days would have saved, in dollars, if they had been asked otherwise."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from pydantic import BaseModel

from fanfold.clock import Clock
from fanfold.jobs.ledger import LedgerRow
from fanfold.jobs.usage_stats import UsageStats
from fanfold.pricing.tariff import Tariff, dollars
from fanfold.providers import Usage
from fanfold.stats.money import SuggestedRange

FEWEST = 20
"""Requests that a figure has to rest on."""
ROOMY = 8
"""Times the tokens of the mean answer that a limit has to be to be called too large."""
SPARE = 4
"""Times the tokens of the mean answer that a limit is suggested at."""
Tariffs = Callable[[str, str], Tariff | None]
"""Today's prices of a provider's model; None if they are not known."""


class Suggestion(BaseModel):
    """Something to change: what it is about, how many requests it rests on, and what it would have saved."""

    code: Literal["use_batch_lane", "ask_once", "lower_the_limit"]
    provider: str
    model: str
    requests: int
    """Those of the days that it is about."""
    spent_usd: float
    """What they cost."""
    saved_usd: float | None
    """What would not have been spent; None if it saves no money, but room under limits and budgets."""
    mean_output_tokens: int | None = None
    limit_tokens: int | None = None
    """The limit that answers had in the mean."""
    suggested_tokens: int | None = None
    detail: str


class SuggestionList(BaseModel):
    """Suggestions, those that save most first."""

    since: date
    until: date
    suggestions: list[Suggestion]


class _Model(NamedTuple):
    provider: str
    model: str


def suggestions(
    tenant: str, asked: SuggestedRange, usage_stats: UsageStats, tariffs: Tariffs, clock: Clock
) -> SuggestionList:
    """What the tenant's batches of these days suggest. Raises Invalid for a range that is too long."""
    since, until = asked.days(clock)
    rows = [row for row in usage_stats.ledger(tenant, since.isoformat(), until.isoformat()) if row.bill.kind == "batch"]
    found = [*_batch_lane(rows, tariffs), *_ask_once(rows), *_lower_limit(rows)]
    found.sort(key=lambda each: (-(each.saved_usd or 0), each.code, each.model))
    return SuggestionList(since=since, until=until, suggestions=found)


def _batch_lane(rows: list[LedgerRow], tariffs: Tariffs) -> Iterator[Suggestion]:
    """Requests in real time, at the price that the same tokens have in the batch lane."""
    for model, figures in _by_model(row for row in rows if row.bill.lane == "realtime").items():
        tariff, answered = tariffs(*model), figures["succeeded"]
        if tariff is None or answered < FEWEST:
            continue
        usage = Usage(
            input_tokens=figures["input_tokens"] // answered,
            output_tokens=figures["output_tokens"] // answered,
            cached_tokens=figures["cached_tokens"] // answered,
        )
        now, then = tariff.charge(usage, "realtime").spent, tariff.charge(usage, "batch").spent
        if now and then < now:
            saved = figures["spent_nanos"] * (now - then) // now
            said = f"{answered:,} requests were asked in real time; what can wait a day costs less in the batch lane"
            yield _suggestion("use_batch_lane", model, figures, answered, saved, said)


def _ask_once(rows: list[LedgerRow]) -> Iterator[Suggestion]:
    """Requests that asked what another of their batch did, each at the mean price."""
    for model, figures in _by_model(row for row in rows if row.figures["repeated"]).items():
        repeated, answered = figures["repeated"], figures["succeeded"]
        if repeated >= FEWEST and answered:
            saved = figures["spent_nanos"] * repeated // max(answered, repeated)
            said = f"{repeated:,} of {answered:,} requests asked what another one of their batch did; `collapse` asks "
            said += "once for all of them, `cache` once for several batches"
            yield _suggestion("ask_once", model, figures, repeated, saved, said)


def _lower_limit(rows: list[LedgerRow]) -> Iterator[Suggestion]:
    """Limits that answers come nowhere near: budgets and rate limits set aside all of them."""
    for model, figures in _by_model(row for row in rows if row.figures["limited"]).items():
        limited = figures["limited"]
        mean, limit = figures["output_tokens"] // max(1, figures["succeeded"]), figures["limit_tokens"] // limited
        if limited >= FEWEST and limit >= ROOMY * max(1, mean):
            said = f"answers have {mean:,} tokens in the mean and may have {limit:,}: budgets and rate limits set all "
            said += "of that aside for each request, so fewer are under way at once"
            made = _suggestion("lower_the_limit", model, figures, limited, None, said)
            tokens = {"mean_output_tokens": mean, "limit_tokens": limit, "suggested_tokens": max(1, mean) * SPARE}
            yield made.model_copy(update=tokens)


def _suggestion(
    code: Literal["use_batch_lane", "ask_once", "lower_the_limit"],
    model: _Model,
    figures: Counter[str],
    requests: int,
    saved: int | None,
    detail: str,
) -> Suggestion:
    return Suggestion(
        code=code,
        provider=model.provider,
        model=model.model,
        requests=requests,
        spent_usd=dollars(figures["spent_nanos"]),
        saved_usd=None if saved is None else dollars(saved),
        detail=detail,
    )


def _by_model(rows: Iterable[LedgerRow]) -> dict[_Model, Counter[str]]:
    found: dict[_Model, Counter[str]] = {}
    for row in rows:
        found.setdefault(_Model(row.bill.provider, row.bill.model), Counter()).update(row.figures)
    return found
