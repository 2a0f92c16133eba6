"""What batches do in their own way in the life that all jobs have."""

from fanfold.batches.backend import BatchBackend
from fanfold.batches.ending.accounting import account_for
from fanfold.batches.ending.remove import RemoveBatch
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.results.drop_results import refuse
from fanfold.jobs.identity import begin
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import just_accepted
from fanfold.jobs.protocols import Closing

NOUN = "batch"
IN_CHUNKS = True
waits = just_accepted


def start(job: BatchJob, backend: BatchBackend) -> None:
    backend.starts.send(begin(job))


def close(job: BatchJob, state: State, reason: str, backend: BatchBackend) -> Closing:
    if state is State.FAILED:
        refuse(job, reason, backend)
    account_for(job, state, list(backend.chunks.all(job.ref)), backend)
    return Closing()


def after_end(job: BatchJob, backend: BatchBackend) -> None:
    """Nothing has to follow."""


def keeps(job: BatchJob, backend: BatchBackend) -> bool:
    return False


def release(job: BatchJob, backend: BatchBackend) -> None:
    """Nothing has to come before."""


def ask_removal(job: BatchJob, backend: BatchBackend) -> None:
    backend.removals.send(RemoveBatch(tenant=job.tenant, job=job.id))


remove = ask_removal
