"""Pressure: batches in real time are turned away while more waits than workers get done soon."""

import math

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import Mode, Options
from fanfold.errors import Busy, NotFound
from fanfold.jobs.job import JobRef

CHUNKS_A_SECOND = 1.25
"""What ten workers do whose chunks take eight seconds each."""
LONGEST = 300


def check_pressure(options: Options, ref: JobRef, backend: BatchBackend) -> None:
    """Turn a new batch away if its queue is full; one that was taken in before is known. Raises Busy."""
    if options.mode is not Mode.REALTIME:
        return
    most = backend.settings.most_waiting_chunks
    waiting = backend.work(options.priority).waiting()
    if waiting < most or _is_known(ref, backend):
        return
    seconds = min(LONGEST, math.ceil((waiting - most + 1) / CHUNKS_A_SECOND))
    raise Busy(f"{waiting:,} chunks of {options.priority} priority wait already; ask again in {seconds} s", seconds)


def _is_known(ref: JobRef, backend: BatchBackend) -> bool:
    try:
        backend.jobs.get(ref)
    except NotFound:
        return False
    return True
