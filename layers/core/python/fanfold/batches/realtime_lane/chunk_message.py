"""The message for a chunk of the real-time lane, and the same message sent on."""

import math

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import Priority
from fanfold.jobs.job import JobRef
from fanfold.versions import VersionedMessage

LONGEST_DELAY = 900
"""Seconds that a queue holds a message back, at most."""


class WorkChunk(JobRef, VersionedMessage):
    """The message for a chunk: the shard it belongs to, and of how many chunks that is."""

    correlation_id: str
    shard: int
    chunk: int
    of: int
    round: int
    provider: str
    model: str
    priority: Priority
    sent: int = 0
    """How often it was sent on."""


class Worked(BaseModel):
    """What became of a message: the requests asked, whether the chunk is settled, and after how long it comes again."""

    asked: int = 0
    settled: bool = False
    again_after: float | None = None


def send_on(command: WorkChunk, backend: BatchBackend, delay: float = 0.0) -> Worked:
    """The same message again, after so many seconds."""
    seconds = min(LONGEST_DELAY, math.ceil(delay))
    backend.work(command.priority).send(command.model_copy(update={"sent": command.sent + 1}), seconds)
    return Worked(again_after=seconds)
