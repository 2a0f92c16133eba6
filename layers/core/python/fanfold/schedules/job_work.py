"""Job work: what schedules of batches and of forecasts have in common, which make a job of kept or of new files."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fanfold.clock import Clock, stamp
from fanfold.errors import Invalid
from fanfold.jobs.identity import Caller, fingerprint_of, job_id
from fanfold.jobs.job import JobRef
from fanfold.ports import Blobs
from fanfold.problems import invalid
from fanfold.schedules.model import Schedule, ScheduleRef
from fanfold.schedules.work import SCHEDULE, Turn

M = TypeVar("M", bound=BaseModel)


class JobWork:
    """A schedule for each question, which nobody but its owner has to know of."""

    def place(self, given: Any, caller: Caller) -> ScheduleRef:
        return ScheduleRef(caller.tenant, job_id("schedule", caller.tenant, caller.idempotency_key))

    def noted(self, schedule: Schedule, *, gone: bool = False) -> None:
        """Nobody has to know."""


def read_work(given: Any, wanted: type[M], kind: str, inputs: Sequence[str]) -> M:
    """The work to come, with just one of those inputs. Raises Invalid."""
    try:
        work = wanted.model_validate(given)
    except ValidationError as error:
        raise invalid(error, f"the {kind} is not as it should be") from None
    if sum(getattr(work, name) is not None for name in inputs) != 1:
        raise Invalid(f"give one of {', '.join(inputs[:-1])} and {inputs[-1]}", field=inputs[0])
    return work


def job_of(turn: Turn, ref: JobRef, clock: Clock) -> dict[str, Any]:
    """What a job that a schedule makes says of where it comes from."""
    return {
        "tenant": ref.tenant,
        "id": ref.job,
        "created_at": stamp(clock()),
        "fingerprint": fingerprint_of(turn.fingerprint),
        "correlation_id": turn.correlation_id,
        "key_id": SCHEDULE,
    }


def copied_input(keys: Sequence[str], ref: JobRef, blobs: Blobs) -> list[str]:
    """The objects, copied: the job is of what was there, and its removal takes nobody's file."""
    copies = [f"{ref.folder}input-{number:03d}-{key.rpartition('/')[2]}" for number, key in enumerate(keys)]
    for key, copy in zip(keys, copies, strict=True):
        blobs.copy(key, copy)
    return copies
