"""What stands behind schedules; `fanfold.wiring` makes the real one, the tests one of fakes."""

from dataclasses import dataclass

from fanfold.accounts.tenants import Tenants
from fanfold.clock import Clock
from fanfold.jobs.store import States
from fanfold.ports import Blobs, Events, Scheduler
from fanfold.schedules.store import ScheduleStore
from fanfold.schedules.work import Works


@dataclass(frozen=True)
class ScheduleBackend:
    """Ports and stores, as the use cases of `schedules` take them."""

    tenants: Tenants
    store: ScheduleStore
    job_states: States
    scheduler: Scheduler
    works: Works
    blobs: Blobs
    events: Events
    clock: Clock
