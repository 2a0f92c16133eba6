"""Schedules, with the work of every service that has some."""

from functools import cache

from fanfold.clock import utc_now
from fanfold.jobs.store import states_in
from fanfold.schedules.backend import ScheduleBackend
from fanfold.schedules.store import ScheduleStore
from fanfold.schedules.work import ScheduledWork
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import blobs, events, scheduler, table, tenants
from fanfold.wiring.shared import settings as settings


@cache
def schedules() -> ScheduleBackend:
    return ScheduleBackend(
        tenants=tenants(),
        store=ScheduleStore(table()),
        job_states=states_in(table()),
        scheduler=scheduler("schedule_function_arn"),
        works={"batch": _batches, "forecast": _forecasts, "retrain": _retrains},
        blobs=blobs(),
        events=events(),
        clock=utc_now,
    )


# Each kind is imported when it is asked for: a function that starts one needs no other.


def _batches() -> ScheduledWork:
    from fanfold.batches.scheduled import BatchWork
    from fanfold.wiring.batches import batches

    return BatchWork(batches())


def _forecasts() -> ScheduledWork:
    from fanfold.forecasts.scheduled import ForecastWork
    from fanfold.wiring.forecasts import forecasts

    return ForecastWork(forecasts())


def _retrains() -> ScheduledWork:
    from fanfold.forecasts.scheduled import RetrainWork
    from fanfold.wiring.forecasts import forecasts

    return RetrainWork(forecasts())
