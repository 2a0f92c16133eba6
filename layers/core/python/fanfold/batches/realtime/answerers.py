"""Answerers: the models that may answer a request in real time, the one that it was made for first."""

from typing import Any, NamedTuple

from fanfold.batches.backend import Backend
from fanfold.batches.job import Options, Shard
from fanfold.batches.shapes import conversation
from fanfold.errors import Invalid


class Answerer(NamedTuple):
    """A model of a provider."""

    provider: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"


def answerers(shard: Shard, options: Options, backend: Backend) -> tuple[Answerer, ...]:
    """The shard's own model and the fallbacks of its job, in order, each once."""
    found = [Answerer(shard.provider, shard.model)]
    for fallback in options.fallbacks:
        name = fallback.provider or shard.provider
        found.append(Answerer(name, fallback.model or backend.provider(name).default_model))
    return tuple(dict.fromkeys(found))


def put_to(answerer: Answerer, body: dict[str, Any], own: Answerer, backend: Backend) -> dict[str, Any] | None:
    """A request that was made for its `own` model, for another; None if something of it would be lost."""
    if answerer.provider == own.provider:
        return body | {"model": answerer.model}
    try:
        prompt = conversation(own.provider, body)
    except (Invalid, KeyError):
        return None
    return backend.provider(answerer.provider).body(prompt._replace(model=answerer.model))
