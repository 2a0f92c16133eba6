"""Two sweepers, or two pollers, at the same moment: one runs whole in the middle of the other, before every call."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.batches.poll import poll
from fanfold.dropin.gemini import files as sent
from fanfold.dropin.gemini.batches import GeminiPaging
from fanfold.dropin.gemini.objects import UploadAsked
from fanfold.errors import NotFound
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import delete
from fanfold.jobs.sweep import sweep
from fanfold.writing.sweep import sweep as sweep_writing
from tests.fakes.cloud import FakeCloud
from tests.fakes.forecast_machine import Machine
from tests.fakes.forecasts import FakePortfolios, monthly
from tests.fakes.machine import LOST
from tests.fakes.writing import Studio


class Interrupted:
    """A port, before whose calls something else may happen."""

    def __init__(self, port: Any, before: Callable[[], None]) -> None:
        self._port, self._before = port, before

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._before()
            return found(*args, **kwargs)

        return call


def at_every_call(make: Callable[[], Any], work: Callable[[Any], object], check: Callable[[Any], None]) -> int:
    """`work` on what was made, interrupted by a whole other `work`, at each call in turn; how many calls there are."""
    for number in count(1):
        cloud, left = make(), number
        plain = cloud.backend

        def before() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                work(plain)  # noqa: B023

        cloud.through = lambda port: Interrupted(port, before)
        work(cloud.backend)
        cloud.through = lambda port: port
        check(cloud)
        if left > 0:
            return number - 1
    raise AssertionError("it never ends")


def key(name: str) -> Caller:
    return Caller(tenant="acme", correlation_id="c", idempotency_key=name)


def test_two_sweeps_of_batches() -> None:
    made: dict[str, Any] = {}

    def make() -> FakeCloud:
        cloud = FakeCloud()
        lost = cloud.create([{"input": "a"}], key("lost"))
        cloud.machine.plan(lost)
        gone = cloud.run(cloud.create([{"input": "b"}], key("gone")))
        delete(gone.ref, cloud.backend)
        unpublished = cloud.run(cloud.create([{"input": "c"}], key("unpublished")))
        cloud.backend.jobs.move(unpublished, end_unpublished=True)
        waits = cloud.create([{"input": "d"}], key("waits"))
        cloud.starts.messages.clear()
        cloud.wait(cloud.settings.accept_grace_seconds + 1)
        made.update(lost=lost, gone=gone, waits=waits, unpublished=unpublished)
        cloud.workflow.ends[cloud.workflow.arn(lost.execution_name)] = LOST
        return cloud

    def check(cloud: FakeCloud) -> None:
        for text in cloud.removals.messages:
            remove(RemoveBatch.model_validate_json(text), cloud.backend, lambda shard, error: None)
        cloud.machine.settle()
        for name in ("lost", "waits", "unpublished"):
            job = cloud.backend.jobs.get(made[name].ref)
            assert (job.state, job.counts.succeeded, job.end_unpublished) == (State.COMPLETED, 1, False)
            assert job.mishaps <= 1
        with pytest.raises(NotFound):
            cloud.backend.jobs.get(made["gone"].ref)

    assert at_every_call(make, lambda backend: sweep(backend), check) > 10


def test_two_polls() -> None:
    def make() -> FakeCloud:
        cloud = FakeCloud()
        cloud.configure(chunk_requests=1)
        cloud.provider.batch_limits = cloud.provider.batch_limits._replace(requests=1)
        job = cloud.create([{"input": "a"}, {"input": "b"}], key("polled"))
        planned = cloud.machine.plan(job)
        for shard in planned.shards:
            cloud.workflow.waiting.add(f"token-{shard}")
            submit(SubmitShard(tenant=job.tenant, job=job.id, shard=shard, token=f"token-{shard}"), cloud.backend)
        cloud.provider.end_all()
        return cloud

    def check(cloud: FakeCloud) -> None:
        assert sorted(cloud.workflow.woken) == ["token-0", "token-1"]

    assert at_every_call(make, lambda backend: poll(backend, lambda shard, error: None), check) > 5


def test_two_files_for_one_place() -> None:
    made: dict[str, Any] = {}

    def make() -> FakeCloud:
        cloud = FakeCloud()
        made.update(session=sent.start(UploadAsked(), 1, 1, "acme", cloud.backend), kept=[])
        return cloud

    def send(backend: Any) -> None:
        with suppress(NotFound):
            made["kept"].append(sent.receive(made["session"], sent.WHOLE, b"x", backend)["file"]["name"])

    def check(cloud: FakeCloud) -> None:
        listed = sent.listed("acme", GeminiPaging(), cloud.backend)["files"]
        assert [each["name"] for each in listed] == made["kept"]
        assert len(made["kept"]) == 1

    assert at_every_call(make, send, check) == 3


def test_two_sweeps_of_forecasts() -> None:
    made: dict[str, Any] = {}

    def make() -> FakePortfolios:
        cloud = FakePortfolios()
        waits = cloud.create([monthly("a")], key("waits"))
        gone = cloud.create([monthly("b")], key("gone"))
        delete(gone.ref, cloud.backend)
        cloud.workflow.started.clear()
        cloud.wait(cloud.settings.accept_grace_seconds + 1)
        made.update(waits=waits, gone=gone)
        return cloud

    def check(cloud: FakePortfolios) -> None:
        assert list(cloud.workflow.started) == [made["waits"].execution_name]
        with pytest.raises(NotFound):
            cloud.backend.jobs.get(made["gone"].ref)

    assert at_every_call(make, lambda backend: sweep(backend), check) > 5
    cloud = make()
    sweep(cloud.backend)
    Machine(cloud).settle()
    assert cloud.backend.jobs.get(made["waits"].ref).state is State.COMPLETED


def test_two_sweeps_of_writing() -> None:
    made: dict[str, Any] = {}

    def make() -> Studio:
        studio = Studio()
        session = studio.trained()
        made["job"] = studio.generate(session, words=200)
        studio.workflow.started.pop(made["job"].execution_name, None)
        studio.wait(studio.settings.lease_seconds + 1)
        return studio

    def check(studio: Studio) -> None:
        studio.settle()
        assert studio.job(made["job"]).state is State.COMPLETED
        assert studio.backend.leases.active() == 0

    assert at_every_call(make, lambda backend: sweep_writing(backend), check) > 5
