"""Answerers: the models that may answer a request in real time, the one that it was made for first."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fanfold.batches.backend import Backend
from fanfold.batches.job import BatchJob, Fallback, Options, Shard
from fanfold.batches.realtime.flight import Ask
from fanfold.batches.shapes import conversation
from fanfold.errors import Invalid


class Answerer(NamedTuple):
    """A model of a provider."""

    provider: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"


class Turns:
    """Whose turn it is to be asked, for each position of a chunk; `noted` before, by an earlier attempt."""

    def __init__(self, shard: Shard, job: BatchJob, backend: Backend, noted: Mapping[str, int]) -> None:
        self.answerers = answerers(shard, job, backend)
        self._backend = backend
        self._at = {int(position): number for position, number in noted.items() if number < len(self.answerers)}
        self._bodies: dict[int, dict[str, Any]] = {}

    def of(self, position: int) -> int:
        """The number of the answerer whose turn it is."""
        return self._at.get(position, 0)

    def noted(self) -> dict[str, int]:
        """What an attempt after this one has to know."""
        return {str(position): number for position, number in self._at.items()}

    def put(self, ask: Ask, answerer: Answerer) -> Ask:
        """The request as that answerer takes it."""
        self._bodies[ask.position] = ask.body
        body = put_to(answerer, ask.body, self.answerers[0], self._backend)
        return ask._replace(body=body or ask.body)

    def goes_on(self, position: int) -> bool:
        """Whether another can be asked."""
        return self._next(position) is not None

    def pass_on(self, position: int) -> bool:
        """Have the next one asked that can be; False if there is none."""
        if (number := self._next(position)) is None:
            return False
        self._at[position] = number
        return True

    def _next(self, position: int) -> int | None:
        behind = range(self.of(position) + 1, len(self.answerers))
        return next((number for number in behind if self._takes(number, position)), None)

    def _takes(self, number: int, position: int) -> bool:
        return put_to(self.answerers[number], self._bodies[position], self.answerers[0], self._backend) is not None


def answerers(shard: Shard, job: BatchJob, backend: Backend) -> tuple[Answerer, ...]:
    """The shard's own model and the fallbacks of its job, in order, each once.

    A fallback of unknown price is left out where there is a budget to keep to.
    """
    found = [named(fallback, job.options, backend) for fallback in job.options.fallbacks]
    usable = [each for each in found if not job.budgeted or each.model in job.tariffs]
    return tuple(dict.fromkeys((Answerer(shard.provider, shard.model), *usable)))


def named(fallback: Fallback, options: Options, backend: Backend) -> Answerer:
    """Whom a fallback means."""
    provider = fallback.provider or options.provider
    return Answerer(provider, fallback.model or backend.provider(provider).default_model)


def put_to(answerer: Answerer, body: dict[str, Any], own: Answerer, backend: Backend) -> dict[str, Any] | None:
    """A request that was made for its `own` model, for another; None if something of it would be lost."""
    if answerer.provider == own.provider:
        return body | {"model": answerer.model}
    try:
        prompt = conversation(own.provider, body)
    except (Invalid, KeyError):
        return None
    return backend.provider(answerer.provider).body(prompt._replace(model=answerer.model))
