"""Whose turn it is to answer a request in real time: its own model's, or a fallback's."""

from collections.abc import Mapping
from typing import Any

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.fallback import Answerer, answerers
from fanfold.batches.model.shard import Shard
from fanfold.batches.realtime_lane.calls import PendingRequest
from fanfold.errors import Invalid
from fanfold.providers import conversation


class Fallbacks:
    """Whose turn it is to be asked, for each position of a chunk; `noted` before, by an earlier attempt."""

    def __init__(self, shard: Shard, job: BatchJob, backend: BatchBackend, noted: Mapping[str, int]) -> None:
        self.answerers = answerers(shard, job, backend.provider)
        self._backend = backend
        self._at = {int(position): number for position, number in noted.items() if number < len(self.answerers)}
        self._bodies: dict[int, dict[str, Any]] = {}

    def of(self, position: int) -> int:
        """The number of the answerer whose turn it is."""
        return self._at.get(position, 0)

    def noted(self) -> dict[str, int]:
        """What an attempt after this one has to know."""
        return {str(position): number for position, number in self._at.items()}

    def put(self, ask: PendingRequest, answerer: Answerer) -> PendingRequest:
        """The request as that answerer takes it."""
        self._bodies[ask.position] = ask.body
        body = body_for(answerer, ask.body, self.answerers[0], self._backend)
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
        return body_for(self.answerers[number], self._bodies[position], self.answerers[0], self._backend) is not None


def body_for(answerer: Answerer, body: dict[str, Any], own: Answerer, backend: BatchBackend) -> dict[str, Any] | None:
    """A request that was made for its `own` model, for another; None if something of it would be lost."""
    if answerer.provider == own.provider:
        return body | {"model": answerer.model}
    try:
        prompt = conversation(own.provider, body)
    except (Invalid, KeyError):
        return None
    return backend.provider(answerer.provider).body(prompt._replace(model=answerer.model))
