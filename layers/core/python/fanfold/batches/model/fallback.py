"""Fallbacks: the models that may answer a request in real time, the one that it was made for first."""

from typing import NamedTuple

from fanfold.batches.model.batch import BatchJob, Fallback, Options
from fanfold.batches.model.shard import Shard
from fanfold.providers import Providers


class Answerer(NamedTuple):
    """A model of a provider."""

    provider: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"


def answerers(shard: Shard, job: BatchJob, providers: Providers) -> tuple[Answerer, ...]:
    """The shard's own model and the fallbacks of its job, in order, each once.

    A fallback of unknown price is left out where there is a budget to keep to.
    """
    found = [named(fallback, job.options, providers) for fallback in job.options.fallbacks]
    usable = [each for each in found if not job.budgeted or each.model in job.tariffs]
    return tuple(dict.fromkeys((Answerer(shard.provider, shard.model), *usable)))


def named(fallback: Fallback, options: Options, providers: Providers) -> Answerer:
    """Whom a fallback means."""
    provider = fallback.provider or options.provider
    return Answerer(provider, fallback.model or providers(provider).default_model)
