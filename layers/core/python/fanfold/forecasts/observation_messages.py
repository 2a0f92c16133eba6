"""Streaming: observations that come one by one, in any order and perhaps twice, from a queue or a topic.

A date makes an observation the same however often it comes. What can't be taken goes to a queue of its own with the
reason, and takes nothing else along; an error that may pass is raised, so that the source brings all of them again.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from fanfold.accounts.tenants import TenantName
from fanfold.errors import Invalid, NotFound
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.job import Text
from fanfold.forecasts.observations import Observation, PostObservations
from fanfold.forecasts.observing import first_of, observe, unknown
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef
from fanfold.ports import Queue
from fanfold.problems import invalid


class ObservationMessage(NamedTuple):
    """What came: an id that stays the same when it comes again, and the text."""

    id: str
    body: str


class StreamedObservation(Observation):
    """A message's content. Its sender has access to the queue or topic, and so says whose forecast it is for."""

    tenant: TenantName
    forecast: Text
    date: str | int
    new_series: bool = False
    """Whether a name that the forecast does not have begins a new series."""


class RefusedObservation(BaseModel):
    """A message that could not be taken, and why."""

    body: str
    reason: str


class TakenObservations(NamedTuple):
    """How many observations were kept, and how many were refused."""

    kept: int = 0
    refused: int = 0


Read = tuple[ObservationMessage, StreamedObservation]


def take_observations(
    messages: Iterable[ObservationMessage], refused: Queue, backend: ForecastBackend
) -> TakenObservations:
    """Keep the observations for their forecasts' next editions. Raises Conflict for a forecast not yet planned."""
    wrong: list[RefusedObservation] = []
    groups: dict[tuple[str, str, bool], list[Read]] = {}
    for message in (read := list(messages)):
        try:
            found = StreamedObservation.model_validate_json(message.body)
        except ValidationError as error:
            wrong.append(_refused(message, invalid(error, "the observation")))
        else:
            groups.setdefault((found.tenant, found.forecast, found.new_series), []).append((message, found))
    for group in groups.values():
        wrong += _take(group, backend)
    refused.send_all(wrong)
    return TakenObservations(len(read) - len(wrong), len(wrong))


def _take(group: Sequence[Read], backend: ForecastBackend) -> Iterator[RefusedObservation]:
    """Keep one forecast's observations; those that can't be come back."""
    example = group[0][1]
    ref = JobRef(tenant=example.tenant, job=example.forecast)
    try:
        wrong = [] if example.new_series else unknown(first_of(ref, backend), _post(group), backend)
        known = [each for each in group if each[1].series not in wrong]
        if known:
            observe(ref.job, _post(known), _caller(known), backend)
    except (Invalid, NotFound) as error:
        yield from (_refused(message, error) for message, _ in group)
        return
    for message, found in group:
        if found.series in wrong:
            yield _refused(message, Invalid(f"the forecast has no series {found.series!r}", field="series"))


def _post(group: Sequence[Read]) -> PostObservations:
    found = [Observation(series=each.series, value=each.value, date=each.date) for _, each in group]
    return PostObservations(observations=found, new_series=group[0][1].new_series)


def _caller(group: Sequence[Read]) -> Caller:
    """Told by the messages, so that the same ones that come again are the same post."""
    key = blake2b("\n".join(message.id for message, _ in group).encode(), digest_size=16).hexdigest()
    return Caller(tenant=group[0][1].tenant, correlation_id=group[0][0].id, idempotency_key=key)


def _refused(message: ObservationMessage, error: Invalid | NotFound) -> RefusedObservation:
    said = "; ".join(f"{flaw.field}: {flaw.detail}" for flaw in error.flaws) or error.detail
    return RefusedObservation(body=message.body, reason=said)
