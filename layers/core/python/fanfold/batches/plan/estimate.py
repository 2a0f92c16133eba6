"""Estimate: what a batch would cost, told at once and without making one."""

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.input.lines import LONGEST_LINE, ReadRequest, read_requests
from fanfold.batches.input.remarks import Remarks
from fanfold.batches.intake.create import CreateBatch, check_options, uploaded
from fanfold.batches.intake.from_template import with_template
from fanfold.batches.model.batch import BatchSource
from fanfold.batches.plan.affordable import budget_notes, lane_of
from fanfold.errors import Flaw, Invalid, TooLarge
from fanfold.jobs.rejects import SAMPLES
from fanfold.pricing.estimate import Estimate, Meter, estimated

MOST_BYTES = 32 * 1024 * 1024
"""Of an upload that is read within one call; a larger one is planned by a dry run."""
MOST_AT_ONCE = 250_000
"""Its lines: many short ones take longer than a gateway waits."""


class EstimateView(BaseModel):
    """What the batch would cost, and what of it would not be taken."""

    estimate: Estimate
    rejected: int
    rejected_lines: list[dict[str, Any]]
    notes: list[str] = []
    """What is worth knowing of the requests before they are sent."""


def estimate(body: CreateBatch, tenant: str, backend: BatchBackend) -> EstimateView:
    """Read the requests as planning would. Raises Invalid, NotFound, Conflict, TooLarge."""
    body = with_template(body, tenant, backend)
    check_options(body, backend)
    meters: dict[str, Meter] = defaultdict(Meter)
    flaws: list[Flaw] = []
    remarks = Remarks()
    provider = backend.provider(body.provider)
    for found in _found(body, tenant, backend, remarks):
        if isinstance(found, Flaw):
            flaws.append(found)
        else:
            limit = provider.most_tokens(found.body)
            remarks.look(found.body, limit, provider)
            meters[found.body["model"]].add(found.body, limit)
    mean = partial(backend.usage_stats.mean_output, tenant, body.provider)
    volumes = {model: meter.volume for model, meter in meters.items()}
    told = estimated(volumes, body.provider, backend.prices, mean, backend.clock())
    notes = [*remarks.notes, *budget_notes(body, told.estimate, told.tariffs, lane_of(body))]
    samples = [flaw.model_dump(exclude_none=True) for flaw in flaws[:SAMPLES]]
    return EstimateView(estimate=told.estimate, rejected=len(flaws), rejected_lines=samples, notes=notes)


def _found(body: CreateBatch, tenant: str, backend: BatchBackend, remarks: Remarks) -> Iterator[ReadRequest | Flaw]:
    """The requests and the flaws; of requests with one custom_id the first."""
    seen: set[str] = set()
    lines, source = _lines(body, tenant, backend)
    for number, found in enumerate(
        read_requests(lines, source, body, backend.provider(body.provider), remarks=remarks)
    ):
        if number == MOST_AT_ONCE:
            raise _too_large(f"over {MOST_AT_ONCE:,} lines")
        if isinstance(found, ReadRequest) and found.custom_id in seen:
            yield Flaw(line=found.line, field="custom_id", detail=f"custom_id {found.custom_id!r} was used before")
            continue
        if isinstance(found, ReadRequest):
            seen.add(found.custom_id)
        yield found


def _lines(body: CreateBatch, tenant: str, backend: BatchBackend) -> tuple[Iterator[bytes], BatchSource]:
    if (body.requests is None) == (body.upload is None):
        raise Invalid("give either requests or upload", field="requests")
    if body.upload is None:
        return (json.dumps(request, ensure_ascii=False).encode() for request in body.requests or ()), BatchSource(
            key=""
        )
    source = uploaded(tenant, body.upload, backend)
    if (size := backend.blobs.size(source.key)) > MOST_BYTES:
        raise _too_large(f"{size:,} bytes, and an estimate at once reads {MOST_BYTES:,}")
    return backend.blobs.lines(source.key, LONGEST_LINE), source


def _too_large(size: str) -> TooLarge:
    return TooLarge(
        f"the upload has {size}: create the batch with dry_run, which answers at once, "
        "plans it in its own time and keeps it as a draft with its estimate",
        field="upload",
    )
