"""What requests will cost, told before any is sent: by model, and in either lane."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.pricing.catalogue import Prices
from fanfold.pricing.tariff import Lane, Tariff, dollars
from fanfold.pricing.tokens import TokenEstimate, count, framed, texts
from fanfold.providers import Usage

ASSUMED_OUTPUT = 300
"""Output tokens of a request to a model that the tenant has no history with."""
MOST_OUTPUT = 4096
"""Output tokens that a request is taken to have at most if it sets no limit."""
HELD = 65_536
"""Characters of text whose tokens are counted at a time."""
LANES: tuple[Lane, ...] = ("batch", "realtime")
Mean = Callable[[str], float | None]
"""The mean output tokens of a model in the tenant's history."""


class Cost(BaseModel):
    """Dollars; None if the price of any of it is not known."""

    model_config = ConfigDict(frozen=True)

    expected_usd: float | None
    most_usd: float | None


class ModelEstimate(BaseModel):
    """The requests for one model."""

    model_config = ConfigDict(frozen=True)

    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    most_input_tokens: int
    most_output_tokens: int
    lanes: dict[str, Cost]
    """By lane, as if all of them went that way."""
    assumed: str
    """Where the output tokens come from."""


class Estimate(BaseModel):
    """All requests of a job. Cached input is not foreseen; pictures and documents are not counted."""

    model_config = ConfigDict(frozen=True)

    requests: int
    lanes: dict[str, Cost]
    unpriced_requests: int
    """Those for models whose price is not known."""
    models: tuple[ModelEstimate, ...]


class Volume(NamedTuple):
    """The requests for one model: their input, the output that they allow, and how many set no limit to it."""

    requests: int
    input: TokenEstimate
    limits: int
    unlimited: int

    @property
    def most_output(self) -> int:
        return self.limits + self.unlimited * MOST_OUTPUT


class Meter:
    """Counts the requests of one model, the texts of many at a time."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._characters = self._messages = 0
        self._text = TokenEstimate(0, 0)
        self.requests = self.unlimited = self.limits = 0

    def add(self, body: dict[str, Any], limit: int | None) -> None:
        """A provider's request, and the output tokens that it may have."""
        found: list[str] = []
        messages = texts(body, found)
        self.add_texts(found, messages, limit)

    def add_texts(self, found: list[str], messages: int, limit: int | None) -> None:
        """The texts of a provider's request and how many messages they are."""
        self._messages += messages
        for text in found:
            self._characters += len(text)
        self._held += found
        self.requests += 1
        if limit is None:
            self.unlimited += 1
        else:
            self.limits += limit
        if self._characters > HELD:
            self._count()

    @property
    def volume(self) -> Volume:
        """What has been counted."""
        self._count()
        return Volume(self.requests, framed(self._text, self.requests, self._messages), self.limits, self.unlimited)

    def _count(self) -> None:
        found = count("".join(self._held))
        self._text = TokenEstimate(self._text.expected + found.expected, self._text.most + found.most)
        self._held, self._characters = [], 0


class Priced(NamedTuple):
    """An estimate, and the prices that it was made with."""

    estimate: Estimate
    tariffs: dict[str, Tariff]


def estimated(volumes: Mapping[str, Volume], provider: str, prices: Prices, mean: Mean, now: datetime) -> Priced:
    """What the requests will cost."""
    found = {model: prices.tariff(provider, model, now) for model in volumes}
    models = tuple(_model(model, volume, found[model], mean(model)) for model, volume in volumes.items())
    estimate = Estimate(
        requests=sum(each.requests for each in models),
        lanes={lane: _sum(each.lanes[lane] for each in models) for lane in LANES},
        unpriced_requests=sum(each.requests for each in models if found[each.model] is None),
        models=models,
    )
    return Priced(estimate, {model: tariff for model, tariff in found.items() if tariff})


def _model(model: str, volume: Volume, tariff: Tariff | None, mean: float | None) -> ModelEstimate:
    most = volume.most_output
    expected = min(round(volume.requests * (ASSUMED_OUTPUT if mean is None else mean)), most)
    taken, given = volume.input, TokenEstimate(expected, most)
    return ModelEstimate(
        model=model,
        requests=volume.requests,
        input_tokens=taken.expected,
        output_tokens=expected,
        most_input_tokens=taken.most,
        most_output_tokens=most,
        lanes={lane: _cost(tariff, lane, volume.requests, taken, given) for lane in LANES},
        assumed=_assumed(volume, mean),
    )


def _assumed(volume: Volume, mean: float | None) -> str:
    usual = f"your mean of {mean:,.0f}" if mean is not None else f"{ASSUMED_OUTPUT}, as you have no history with it"
    said = f"expected: {usual} output tokens a request; at most: the requests' own limits"
    return said + (f", and {MOST_OUTPUT:,} for the {volume.unlimited:,} without one" if volume.unlimited else "")


def _cost(tariff: Tariff | None, lane: Lane, requests: int, taken: TokenEstimate, given: TokenEstimate) -> Cost:
    if tariff is None:
        return Cost(expected_usd=None, most_usd=None)
    return Cost(
        expected_usd=_spent(tariff, lane, requests, taken.expected, given.expected),
        most_usd=_spent(tariff, lane, requests, taken.most, given.most),
    )


def _spent(tariff: Tariff, lane: Lane, requests: int, taken: int, given: int) -> float:
    """So many equal requests: prices go by the length of each."""
    usage = Usage(input_tokens=-(-taken // max(requests, 1)), output_tokens=-(-given // max(requests, 1)))
    return dollars(requests * tariff.charge(usage, lane).spent)


def _sum(costs: Iterable[Cost]) -> Cost:
    found = list(costs)
    return Cost(
        expected_usd=_added(cost.expected_usd for cost in found), most_usd=_added(cost.most_usd for cost in found)
    )


def _added(amounts: Iterable[float | None]) -> float | None:
    known = list(amounts)
    return None if None in known else round(sum(amount or 0 for amount in known), 9)
