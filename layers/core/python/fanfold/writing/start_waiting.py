"""Admit: whoever waits gets a free lease, in the order of acceptance, and an execution.

A tenant at its limit does not hold up the others. Every step may be repeated: a lease that the run has is kept, and an
execution starts once under its name.
"""

from fanfold.errors import NotFound
from fanfold.jobs.job import ACTIVE
from fanfold.writing.backend import WritingBackend
from fanfold.writing.job import Start, WritingJob
from fanfold.writing.leases import Granted, Ticket


def start_waiting(backend: WritingBackend) -> int:
    """Start the executions of those who wait, as far as there are leases; how many."""
    begun, full = 0, set[str]()
    for ticket in list(backend.leases.waiting()):
        if ticket.ref.tenant in full:
            continue
        job = _job(ticket, backend)
        if job is None:
            continue
        granted = backend.leases.take(job.ref, job.run)
        if granted is Granted.FULL:
            break
        if granted is Granted.TENANT_FULL:
            full.add(ticket.ref.tenant)
            continue
        _start(job, backend)
        begun += 1
    return begun


def _start(job: WritingJob, backend: WritingBackend) -> None:
    """Start the execution of a run that has its lease; it waits no more."""
    command = Start(task=job.task.value, tenant=job.tenant, job=job.id, run=job.run, correlation_id=job.correlation_id)
    backend.workflow.start(job.execution_name, command)
    backend.leases.leave(job.ticket)


def _job(ticket: Ticket, backend: WritingBackend) -> WritingJob | None:
    """The job that waits; the ticket of one that is over or gone goes."""
    try:
        job = backend.jobs.get(ticket.ref)
    except NotFound:
        job = None
    if job is not None and job.state in ACTIVE:
        return job
    backend.leases.leave(ticket)
    return None
