"""What a pilot tells: its prompts and answers, and what the whole file will cost by them."""

import json
import math
from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.input.lines import Stored
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.result import Result
from fanfold.batches.views.batch import finish_reasons
from fanfold.errors import Conflict
from fanfold.jobs.job import OVER, JobRef, State
from fanfold.pricing.estimate import LANES
from fanfold.pricing.tariff import Lane, dollars

Z = 1.96
"""Of a normal distribution, for an interval of 95 %."""
SHOWN = 2000
"""Characters of a prompt and of an answer that are shown."""


class PilotTry(BaseModel):
    """A request of the sample."""

    custom_id: str
    line: int
    status: str
    prompt: str
    output: str | None
    finish_reason: str | None
    cost_usd: float | None
    error: str | None = None


class Extrapolated(BaseModel):
    """Dollars for all requests of the file: expected, and the interval that holds them with 95 % certainty."""

    expected_usd: float | None
    low_usd: float | None
    high_usd: float | None


class PilotView(BaseModel):
    """A pilot so far; figures are of those that have their answer."""

    id: str
    state: State
    rows: int
    """Requests of the sample."""
    requests: int
    """Requests of the whole file."""
    tries: list[PilotTry]
    finish_reasons: dict[str, int]
    spent_usd: float
    lanes: dict[str, Extrapolated]


def show_pilot(ref: JobRef, backend: BatchBackend) -> PilotView:
    """What the pilot has found. Raises NotFound, Conflict for a batch that is none."""
    job = backend.jobs.get(ref)
    if job.options.sample is None:
        raise Conflict(f"batch {job.id} is no pilot", field="id")
    results = list(_results(job, backend))
    return PilotView(
        id=job.id,
        state=job.state,
        rows=job.total,
        requests=job.requests,
        tries=[_try(request, result) for request, result in results],
        finish_reasons=finish_reasons(job.counts if job.state in OVER else backend.jobs.counts(ref)),
        spent_usd=dollars(sum(settled.counts.spent_nanos for settled in backend.chunks.all(ref))),
        lanes={lane: _extrapolated(job, [result for _, result in results], lane) for lane in LANES},
    )


def _results(job: BatchJob, backend: BatchBackend) -> Any:
    """The requests that are settled, each with its result."""
    for settled in backend.chunks.all(job.ref):
        requests = backend.blobs.get(job.ref.chunk_key(settled.chunk)).splitlines()
        results = backend.blobs.get(settled.results).splitlines()
        for request, result in zip(requests, results, strict=True):
            yield Stored.model_validate_json(request), Result.model_validate_json(result)


def _try(request: Stored, result: Result) -> PilotTry:
    return PilotTry(
        **request.model_dump(include={"custom_id", "line"}),
        status=result.status.value,
        prompt=_prompt(request.body)[:SHOWN],
        output=result.output and result.output[:SHOWN],
        finish_reason=result.finish_reason,
        cost_usd=result.cost_usd,
        error=result.error.message if result.error else None,
    )


def _prompt(body: dict[str, Any]) -> str:
    """The last turn, as a text."""
    turns = body.get("messages") or body.get("contents") or [body]
    turn = turns[-1]
    content = turn.get("content", turn.get("parts", turn)) if isinstance(turn, dict) else turn
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def _extrapolated(job: BatchJob, results: Sequence[Result], lane: Lane) -> Extrapolated:
    """The mean of the sample times all requests, with Student's interval; None where no price is known."""
    model = job.options.model
    costs = [cost for result in results if (cost := _nanos(job, result, lane, model)) is not None]
    if not costs or len(costs) < len([each for each in results if each.usage.output_tokens]):
        return Extrapolated(expected_usd=None, low_usd=None, high_usd=None)
    expected = mean(costs) * job.requests
    if len(costs) < 2 or job.requests <= len(costs):
        return Extrapolated(expected_usd=_usd(expected), low_usd=None, high_usd=None)
    left = math.sqrt(1 - len(costs) / job.requests)
    around = _student(len(costs) - 1) * stdev(costs) / math.sqrt(len(costs)) * job.requests * left
    return Extrapolated(
        expected_usd=_usd(expected), low_usd=_usd(max(sum(costs), expected - around)), high_usd=_usd(expected + around)
    )


def _nanos(job: BatchJob, result: Result, lane: Lane, model: str | None) -> int | None:
    """What a request would have cost in the lane."""
    if result.usage.uncounted:
        return None
    name = (result.answered_by or "").rpartition("/")[2] or model or next(iter(job.tariffs), "")
    tariff = job.tariffs.get(name) or (next(iter(job.tariffs.values())) if len(job.tariffs) == 1 else None)
    return tariff.charge(result.usage, lane).spent if tariff else None


def _student(freedom: int) -> float:
    """The 97.5 % quantile of Student's distribution (Abramowitz and Stegun, 26.7.5); within 1 % from 4 on."""
    z, v = Z, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def _usd(amount: float) -> float:
    return dollars(round(amount))
