"""Affording: money that a batch under a budget sets aside before its requests are sent.

What a request can cost at most is known only if it limits its output (`max_tokens`); one without a limit is taken for
`MOST_OUTPUT` tokens, and what it has beyond that can take the batch over its budget.
"""

from collections.abc import Iterable
from typing import Any

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.fallback import named
from fanfold.batches.results.settle_chunk import UNAFFORDABLE
from fanfold.jobs.budget import Bound, Reservation
from fanfold.pricing.estimate import MOST_OUTPUT
from fanfold.pricing.tariff import Lane, Tariff, nanos
from fanfold.pricing.tokens import tokens
from fanfold.providers import Dialect, Fault, Usage

PLACES = 1_000_000
"""More than a chunk's requests: a place is a chunk times this, and the position in it."""
UNKNOWN = 10**24
"""Nanodollars of a request whose price is not known: more than any budget."""
SPENT = Fault(kind=UNAFFORDABLE, message="the budget has no money left for this request: it was not sent")
UNPRICED = Fault(
    kind=UNAFFORDABLE, message="the price of its model is not known, and the batch has a budget: it was not sent"
)


def afford(
    job: BatchJob, key: str, model: str, lane: Lane, bodies: Iterable[tuple[int, dict[str, Any]]], backend: BatchBackend
) -> Reservation:
    """Set aside what the requests can cost, each a place and a provider's body, in order.

    `key` names the work, such as `r1s0` or `r1c42`: asked again, also by another worker, it is the same reservation.
    Places behind its `until` must not be sent. A job without a budget is asked nothing.
    """
    if not job.budgeted:
        return Reservation(None, 0)
    return backend.budgets.reserve(job.ref, key, bounds_of(job, model, lane, bodies, backend))


def bounds_of(
    job: BatchJob, model: str, lane: Lane, bodies: Iterable[tuple[int, dict[str, Any]]], backend: BatchBackend
) -> list[Bound]:
    """What each request can cost at most, whoever answers it."""
    provider, tariff = backend.provider(job.options.provider, job.tenant), job.tariffs.get(model)
    others = _fallbacks(job, backend) if lane == "realtime" else []
    return [
        Bound(place, max(most_nanos(body, provider, each, lane) for each in (tariff, *others)))
        for place, body in bodies
    ]


def open_budget(job: BatchJob, backend: BatchBackend) -> bool:
    """Put the job under its budget and its tenant's, as they are now; False if there is neither."""
    limit, sample = job.options.budget_usd, job.options.sample
    if sample is not None:
        limit = min(sample.budget_usd, limit or sample.budget_usd)
    most = max((cost.most_usd or 0 for cost in job.estimate.lanes.values()), default=0) if job.estimate else 0
    return backend.budgets.open(job.ref, None if limit is None else nanos(limit), nanos(most))


def most_nanos(body: dict[str, Any], dialect: Dialect, tariff: Tariff | None, lane: Lane) -> int:
    """What a request can cost, in nanodollars."""
    if tariff is None:
        return UNKNOWN
    usage = Usage(input_tokens=tokens(body).most, output_tokens=dialect.most_tokens(body) or MOST_OUTPUT)
    return tariff.charge(usage, lane).spent


def _fallbacks(job: BatchJob, backend: BatchBackend) -> list[Tariff]:
    """The prices of those that may answer in place of a model, where they are known: others are not asked."""
    models = [named(fallback, job.options, backend.provider).model for fallback in job.options.fallbacks]
    return [job.tariffs[model] for model in models if model in job.tariffs]


def unaffordable(job: BatchJob, model: str) -> Fault:
    """Why a request for the model was not sent."""
    return SPENT if model in job.tariffs else UNPRICED
