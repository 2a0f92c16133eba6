"""What a model's tokens cost, by lane.

Prices are whole picodollars a token, and a request costs a whole number of nanodollars: sums are exact, in any order.
A request of 1,000 tokens at 0.15 USD a million is 150,000 nanodollars.
"""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.providers import Usage

Lane = Literal["batch", "realtime"]
NANOS = 10**9
"""Nanodollars in a dollar."""


class Step(NamedTuple):
    """Picodollars a token, for requests of more than `above` input tokens."""

    above: int
    input: int
    cached: int
    written: int
    long_written: int
    output: int


class Charge(NamedTuple):
    """Nanodollars: what a request cost, and what it would have at the real-time list price without any cache."""

    spent: int = 0
    listed: int = 0


class Tariff(BaseModel):
    """A model's prices in each lane: steps by input tokens, the lowest first."""

    model_config = ConfigDict(frozen=True)

    batch: tuple[Step, ...]
    realtime: tuple[Step, ...]

    def charge(self, usage: Usage, lane: Lane) -> Charge:
        """What a request with this usage costs in the lane."""
        steps = self.batch if lane == "batch" else self.realtime
        plain = _step(self.realtime, usage.input_tokens)
        listed = usage.input_tokens * plain.input + usage.output_tokens * plain.output
        return Charge(_nanos(_picos(usage, _step(steps, usage.input_tokens))), _nanos(listed))


def _step(steps: tuple[Step, ...], input_tokens: int) -> Step:
    """As providers do it: over a threshold, all tokens have the higher price."""
    if len(steps) == 1:
        return steps[0]
    return next((step for step in reversed(steps) if input_tokens > step.above), steps[0])


def _nanos(picos: int) -> int:
    return (picos + 500) // 1000


def _picos(usage: Usage, price: Step) -> int:
    if not (usage.cached_tokens or usage.written_tokens):
        return usage.input_tokens * price.input + usage.output_tokens * price.output
    long = min(usage.long_written_tokens, usage.written_tokens)
    short = usage.written_tokens - long
    plain = max(usage.input_tokens - usage.cached_tokens - usage.written_tokens, 0)
    return (
        plain * price.input
        + usage.cached_tokens * price.cached
        + short * price.written
        + long * price.long_written
        + usage.output_tokens * price.output
    )


def dollars(nanos: int) -> float:
    """Nanodollars as dollars, for people; exact for amounts of up to nine million."""
    return nanos / NANOS


def nanos(dollars: float) -> int:
    """Dollars as nanodollars."""
    return round(dollars * NANOS)
