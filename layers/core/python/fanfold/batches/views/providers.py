"""Which providers and models a batch can be for, and what they cost."""

from collections.abc import Iterator

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.pricing.tariff import Step
from fanfold.providers import names

PICOS = 10**6
"""Picodollars a token in a dollar a million tokens."""


class LanePrices(BaseModel):
    """Dollars a million tokens, for requests of the first price step."""

    input_usd: float
    cached_usd: float
    output_usd: float


class ModelPrices(BaseModel):
    """A model, and its prices by lane."""

    model: str
    lanes: dict[str, LanePrices]


class ProviderView(BaseModel):
    """A provider as this deployment has it."""

    name: str
    enabled: bool
    """Whether the operator lets new batches go to it."""
    lanes: list[str]
    default_model: str
    structured_output: bool
    models: list[ModelPrices]
    """Those with a known price; others can be used all the same, and are in no sum."""


class ProviderList(BaseModel):
    providers: list[ProviderView]


def list_providers(backend: BatchBackend) -> ProviderList:
    """Every provider, by name."""
    return ProviderList(providers=[_view(name, backend) for name in names()])


def _view(name: str, backend: BatchBackend) -> ProviderView:
    provider = backend.provider(name)
    return ProviderView(
        name=name,
        enabled=name not in backend.settings.disabled_providers,
        lanes=sorted(provider.capabilities.lanes),
        default_model=provider.default_model,
        structured_output=provider.capabilities.structured_output,
        models=list(_models(name, backend)),
    )


def _models(name: str, backend: BatchBackend) -> Iterator[ModelPrices]:
    provider, now = backend.provider(name), backend.clock()
    for model in backend.prices.models(name):
        tariff = backend.prices.tariff(name, model, now) if provider.knows(model) else None
        if tariff is not None:
            lanes = {"batch": tariff.batch, "realtime": tariff.realtime}
            shown = {lane: _prices(steps[0]) for lane, steps in lanes.items() if lane in provider.capabilities.lanes}
            yield ModelPrices(model=model, lanes=shown)


def _prices(step: Step) -> LanePrices:
    return LanePrices(input_usd=step.input / PICOS, cached_usd=step.cached / PICOS, output_usd=step.output / PICOS)
