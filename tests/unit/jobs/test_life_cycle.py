"""The life that all jobs have, where somebody else has a hand in it at the same moment or died on the way."""

from collections.abc import Callable
from typing import Any

import pytest

from fanfold.batches import commands
from fanfold.batches.model.batch import BatchJob
from fanfold.jobs import life_cycle
from fanfold.jobs.halt import halt
from fanfold.jobs.job import State
from fanfold.jobs.sweep import sweep
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Crash
from tests.fakes.machine import LOST
from tests.fakes.writing import Studio


class Overtaken:
    """A table; before each of the writes that are named something else happens, once."""

    def __init__(self, table: Any, name: str, number: int, before: Callable[[], object]) -> None:
        self._table, self._name, self._left, self._before = table, name, number, before

    def __getattr__(self, name: str) -> Any:
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                self._before()
        return getattr(self._table, name)


def named(cloud: FakeCloud, job: BatchJob) -> Callable[[], object]:
    """The owner gives the batch a name."""
    plain = cloud.backend
    return lambda: commands.edit(job.ref, commands.EditBatch({"name": "mine"}), plain)


@pytest.mark.parametrize("number", range(1, 6))
def test_a_batch_that_its_owner_changes_while_it_is_planned_comes_to_its_end(number: int) -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    before = named(cloud, job)
    cloud.through = lambda port: Overtaken(port, "change", number, before) if port is cloud.table else port
    cloud.machine.deliver()
    cloud.machine.execute(job.execution_name)
    cloud.through = lambda port: port
    cloud.machine.settle()
    done = cloud.backend.jobs.get(job.ref)
    assert (done.state, done.options.name, done.counts.succeeded) == (State.COMPLETED, "mine", 1)


def test_a_cancellation_lands_while_others_change_the_job() -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    before = named(cloud, job)
    cloud.through = lambda port: Overtaken(port, "change", 1, before) if port is cloud.table else port
    assert life_cycle.cancel(job.ref, cloud.backend).state is State.CANCELLED
    assert cloud.backend.jobs.get(job.ref).options.name == "mine"


def test_the_word_of_an_execution_whose_job_is_over_tells_its_end() -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    cloud.machine.deliver()
    over = cloud.backend.jobs.move(job, state=State.FAILED, end_unpublished=True)
    assert not halt(over.ref, cloud.workflow.arn(job.execution_name), LOST, cloud.backend).end_unpublished
    assert [name for name, _ in cloud.events.published] == ["Job ended"]


def test_what_follows_an_end_is_done_by_the_sweeper_if_who_ended_the_job_died() -> None:
    studio = Studio()
    studio.configure(writing_jobs=1)
    session = studio.trained()
    ended, next_one = studio.generate(session), studio.generate(session)
    backend = studio.backend
    backend.leases.release = _dying  # type: ignore[method-assign,assignment]
    with pytest.raises(Crash):
        life_cycle.cut_short(ended.ref, "it was cancelled", backend)
    assert studio.job(ended).end_unpublished
    assert next_one.execution_name not in studio.workflow.started
    sweep(studio.backend)
    assert not studio.job(ended).end_unpublished
    assert next_one.execution_name in studio.workflow.started
    assert studio.backend.sessions.tally(session.ref).jobs == 2


def _dying(*_: object) -> None:
    raise Crash
