"""Pilot: a sample of a file's requests, asked at once within a small budget, before the rest goes.

It is a batch of its own, whose answers are kept where the batch of the whole file finds them: what was asked once is
neither asked nor paid again.
"""

from pydantic import ValidationError

from fanfold.batches.backend import BatchBackend
from fanfold.batches.commands import EditBatch
from fanfold.batches.intake.create import check_allowed, check_options
from fanfold.batches.intake.from_template import check_unchanged
from fanfold.batches.model.batch import KIND, BatchJob, Options
from fanfold.clock import stamp
from fanfold.errors import Conflict
from fanfold.jobs.identity import Caller, fingerprint_of
from fanfold.jobs.job import OVER, JobRef, State
from fanfold.jobs.life_cycle import accept
from fanfold.problems import invalid


def go(ref: JobRef, body: EditBatch, caller: Caller, backend: BatchBackend) -> BatchJob:
    """The batch of all requests of a pilot's input, with its options and those of the body.

    Asked for again it is the same batch. Raises Conflict for what is no pilot, or is not over, and Invalid.
    """
    pilot = backend.jobs.get(ref)
    if pilot.options.sample is None:
        raise Conflict(f"batch {pilot.id} is no pilot", field="id")
    if pilot.state not in OVER:
        raise Conflict(f"pilot {pilot.id} is {pilot.state}: it is not over", field="id")
    news = {name: value for name, value in body.root.items() if value is not None}
    check_unchanged(news)
    try:
        options = Options.model_validate(pilot.options.model_dump() | news | {"sample": None, "cache": True})
    except ValidationError as error:
        raise invalid(error, "the options are not as they should be") from None
    check_options(options, backend)
    check_allowed(ref.tenant, options, backend)
    asked = fingerprint_of({"pilot": pilot.id, "options": options.model_dump(mode="json")})
    made = caller.model_copy(update={"idempotency_key": f"pilot-{asked}"}).ref(KIND)
    job = BatchJob(
        tenant=made.tenant,
        id=made.job,
        state=State.ACCEPTED,
        created_at=stamp(backend.clock()),
        fingerprint=asked,
        correlation_id=caller.correlation_id,
        key_id=caller.key_id,
        options=options,
        sources=pilot.sources,
    )
    with backend.quotas.admitted(job.ref):
        return accept(job, backend)
