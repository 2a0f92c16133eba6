"""The end of a job, whichever way it ends: what it used is added to its session, its lease goes to whoever waits."""

from typing import Any

from fanfold.clock import stamp
from fanfold.errors import NotFound, Superseded
from fanfold.jobs.ending import ending_times, publish_end
from fanfold.jobs.job import Counts, State
from fanfold.jobs.usage_stats import Figures, JobUsage, UsageKey
from fanfold.ports import Change
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint
from fanfold.writing.documents import DocumentState, noted
from fanfold.writing.job import WritingJob, WritingTask
from fanfold.writing.sessions import TALLY
from fanfold.writing.start_waiting import start_waiting


def end_job(job: WritingJob, state: State, backend: WritingBackend, *also: Change, **news: Any) -> WritingJob:
    """End the job, once; what comes behind it (its lease, those who wait) may be done again. Raises Superseded."""
    used = usage(list(backend.sections.all(job.ref)))
    told = _final(used) | ending_times(job, backend) | news
    moved = backend.jobs.move(job, _tallied(job, used), *also, state=state, **told)
    return after_end(moved, backend)


def after_end(job: WritingJob, backend: WritingBackend) -> WritingJob:
    """What follows a job's end; it may be done again. Whoever dies before leaves it to the sweeper."""
    account_for(job, backend)
    backend.leases.release(job.ref, job.run)
    backend.leases.leave(job.ticket)
    start_waiting(backend)
    return publish_end(job, backend)


def account_for(job: WritingJob, backend: WritingBackend) -> None:
    """Count the job in its tenant's statistics and spending; done again it changes nothing."""
    usage_key, spent = UsageKey(job.provider, job.model, "realtime"), job.cost or 0
    used = job.counts.model_dump(include={"input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"})
    figures = Figures(used | {"spent_nanos": spent, "list_nanos": spent, "unpriced": int(job.cost is None)})
    figures["failed" if job.state is State.FAILED else "succeeded"] += 1
    ending = JobUsage(job.state, job.finished_at or stamp(backend.clock()), usage_key, {usage_key: figures})
    backend.budgets.close(job.ref, spent, backend.usage_stats.record(job, ending))


def fail_job(job: WritingJob, reason: str, backend: WritingBackend) -> WritingJob:
    """Cancel a job that is not over, whoever works at it: they can settle nothing more."""
    while not job.over:
        try:
            over = end_job(job, State.CANCELLED, backend, *failure_changes(job, reason, backend), error=reason)
        except Superseded:
            job = backend.jobs.get(job.ref)
        else:
            backend.workflow.stop(over.execution_name)
            return over
    return job


def failure_changes(job: WritingJob, reason: str, backend: WritingBackend) -> tuple[Change, ...]:
    """The write that says of a training's document, if it still waits, that nothing will come of it."""
    if job.task is not WritingTask.TRAIN:
        return ()
    try:
        document = backend.documents.get(job.session_ref, job.epoch, job.id)
    except NotFound:
        return ()
    if document.state is not DocumentState.WAITING:
        return ()
    return (noted(job.session_ref, job.epoch, job.id, state=DocumentState.FAILED, error=reason),)


def usage(sections: list[Checkpoint]) -> tuple[Counts, int | None]:
    """Tokens and nanodollars of a job's settled pieces; the cost is None if one of them has none."""
    settled = [section for section in sections if section.settled]
    costs = [section.cost for section in settled]
    known = None if None in costs else sum(cost for cost in costs if cost is not None)
    return sum((section.tokens for section in settled), Counts()), known


def _tallied(job: WritingJob, used: tuple[Counts, int | None]) -> Change:
    tokens, cost = used
    steps = tokens.model_dump(include={"input_tokens", "output_tokens", "cached_tokens"})
    return Change(key=job.session_ref.key(TALLY), add={"jobs": 1, "cost": cost or 0, **steps})


def _final(used: tuple[Counts, int | None]) -> dict[str, Any]:
    return {"counts": used[0].model_dump(), "cost": used[1]}
