"""The prices there are: those that an operator sets, and then those of PyPI's `genai-prices`.

Importing that library and its data takes 0.1 s of CPU and 10 MB, so it is done when a price is first asked for: when
a job is planned or estimated. A planned job carries its prices with it, and is charged by them to its end.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from fanfold.pricing.tariff import Step, Tariff

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

PICOS_A_TOKEN = 10**6
"""In a dollar a million tokens."""
BATCH = {"processing": "batch"}
EMBEDS = "embedding"
"""In the names of models that have no output."""


class Prices(Protocol):
    """Prices of models."""

    def tariff(self, provider: str, model: str, now: datetime) -> Tariff | None:
        """What the model's tokens cost at that time; None if that is not known."""

    def models(self, provider: str) -> list[str]:
        """Models of the provider whose prices may be known, by name."""


class Override(BaseModel):
    """An operator's price for a model: dollars a million tokens, in real time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_usd: Decimal = Field(ge=0)
    output_usd: Decimal = Field(ge=0)
    cached_usd: Decimal | None = Field(default=None, ge=0)
    """Input that was in the provider's cache; as other input if it is not set."""
    batch_share: Decimal = Field(default=Decimal("0.5"), gt=0, le=1)
    """The share of it that a batch costs."""


OVERRIDES = TypeAdapter(dict[str, Override])


class PriceCatalogue:
    """`overrides` are an operator's own: `{"openai/gpt-5.4-mini": {"input_usd": "0.75", "output_usd": 4}, …}`."""

    def __init__(self, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._overrides = OVERRIDES.validate_python(overrides or {})

    def tariff(self, provider: str, model: str, now: datetime) -> Tariff | None:
        own = self._overrides.get(f"{provider}/{model}")
        return _overridden(own) if own else _listed(provider, model, now)

    def models(self, provider: str) -> list[str]:
        from genai_prices.data_snapshot import get_snapshot

        own = {name.partition("/")[2] for name in self._overrides if name.startswith(f"{provider}/")}
        try:
            found = get_snapshot().find_provider(None, provider, None)
        except LookupError:
            return sorted(own)
        return sorted(own | {model.id for model in found.models if not model.deprecated})


def _overridden(own: Override) -> Tariff:
    cached = own.input_usd if own.cached_usd is None else own.cached_usd
    prices = own.input_usd, cached, own.input_usd, own.input_usd, own.output_usd
    batch = Step(0, *(_picos(price * own.batch_share) for price in prices))
    return Tariff(batch=(batch,), realtime=(Step(0, *map(_picos, prices)),))


def _listed(provider: str, model: str, now: datetime) -> Tariff | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, found = get_snapshot().find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    embeds = EMBEDS in model
    realtime, batch = _steps(found.get_prices(now), embeds), _steps(found.get_prices(now, BATCH), embeds)
    return Tariff(batch=batch, realtime=realtime) if batch and realtime else None


def _steps(price: "ModelPrice", has_no_output: bool) -> tuple[Step, ...]:
    """The prices of text by tiers; none if the library has no price for input or output that the model has."""
    known: dict[str, Any] = vars(price)
    if known.get("input_mtok") is None or (known.get("output_mtok") is None and not has_no_output):
        return ()
    known = known | {"output_mtok": known.get("output_mtok") or Decimal(0)}
    above = sorted({0, *(tier.start for each in known.values() for tier in getattr(each, "tiers", ()))})
    return tuple(Step(start, *_prices(known, start)) for start in above)


def _prices(known: dict[str, Any], start: int) -> Iterator[int]:
    """Input, cached, written, written for an hour, output. What has no price of its own is as what it is part of."""
    plain = known["input_mtok"]
    written = _own(known, "cache_write_mtok", plain)
    cached, long_written = _own(known, "cache_read_mtok", plain), _own(known, "cache_write_1h_mtok", written)
    for price in (plain, cached, written, long_written, known["output_mtok"]):
        yield _picos(_at(price, start))


def _own(known: dict[str, Any], name: str, otherwise: Any) -> Any:
    return otherwise if known.get(name) is None else known[name]


def _at(price: Any, start: int) -> Decimal:
    """The price above so many input tokens."""
    found: Decimal = getattr(price, "base", price)
    for tier in getattr(price, "tiers", ()):
        found = tier.price if tier.start <= start else found
    return found


def _picos(dollars: Decimal) -> int:
    return round(dollars * PICOS_A_TOKEN)
