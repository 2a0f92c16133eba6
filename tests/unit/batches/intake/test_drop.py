"""Files that are dropped into the inbox."""

import json

import pytest

from fanfold.batches.intake.drop import Drop, take_drop
from fanfold.batches.model.batch import BatchJob
from fanfold.errors import Forbidden, NotFound
from fanfold.jobs.identity import Begin
from fanfold.jobs.job import State
from tests.fakes.cloud import FakeCloud

KEY = "inbox/acme/batches/august/topics.csv"


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.backend.tenants.create("acme")
    cloud.blobs.put(KEY, b"input\na\nb\n")
    return cloud


def taken(cloud: FakeCloud, key: str = KEY, version: str = "v1") -> BatchJob:
    job = take_drop(Drop(key=key, version=version, event="e-1"), cloud.backend)
    assert job is not None
    return job


def test_a_dropped_file_is_a_batch_of_its_tenant(cloud: FakeCloud) -> None:
    job = taken(cloud)
    assert (job.tenant, job.options.name, job.correlation_id) == ("acme", "august/topics.csv", "e-1")
    assert [result["output"] for result in cloud.results(cloud.run(job))] == ["a", "b"]


def test_a_suspended_tenants_file_is_not_taken(cloud: FakeCloud) -> None:
    cloud.backend.tenants.suspend("acme", suspended=True)
    with pytest.raises(Forbidden, match="suspended"):
        taken(cloud)
    assert not cloud.starts.messages


def test_a_file_is_taken_once_a_version(cloud: FakeCloud) -> None:
    first = taken(cloud)
    cloud.wait(60)
    assert taken(cloud) == first
    assert taken(cloud, version="v2").id != first.id
    assert Begin.model_validate_json(cloud.starts.messages[0]).job == first.id
    assert len(cloud.starts.messages) == 2


def test_options_lie_beside_the_file(cloud: FakeCloud) -> None:
    cloud.blobs.put(KEY + ".options.json", b'{"model": "echo-7", "system": "Be brief.", "metadata": {"from": "drop"}}')
    options = taken(cloud).options
    assert (options.model, options.system, options.metadata) == ("echo-7", "Be brief.", {"from": "drop"})
    assert options.name == "august/topics.csv"


def test_options_may_name_the_batch(cloud: FakeCloud) -> None:
    cloud.blobs.put(KEY + ".options.json", b'{"name": "Topics"}')
    assert taken(cloud).options.name == "Topics"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (b"{", "topics.csv.options.json"),
        (b"[]", "topics.csv.options.json"),
        (b'{"modle": "echo-1"}', "modle"),
        (b'{"temperature": "hot"}', "temperature"),
        (b'{"model": "gpt-5"}', "gpt-5"),
        (b'{"provider": "nobody"}', "nobody"),
        (json.dumps({"model": "m" * 500_000}).encode(), "model"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_options_are_a_failed_batch_that_says_why(cloud: FakeCloud, options: bytes, named: str) -> None:
    cloud.blobs.put(KEY + ".options.json", options)
    job = taken(cloud)
    assert job.state is State.FAILED
    assert named in (job.error or "")
    assert taken(cloud) == job
    assert not cloud.starts.messages
    assert not list(cloud.backend.jobs.open())
    assert cloud.backend.jobs.list("acme", 10, None)[0] == [job]


@pytest.mark.parametrize(("size", "state"), [(1000, State.ACCEPTED), (1001, State.FAILED)])
def test_a_file_over_the_cap_is_a_failed_batch_that_says_so(cloud: FakeCloud, size: int, state: State) -> None:
    cloud.configure(max_upload_bytes=1000)
    job = take_drop(Drop(key=KEY, version="v1", event="e-1", size=size), cloud.backend)
    assert job is not None
    assert job.state is state
    assert ("1,001 bytes" in (job.error or "")) == (state is State.FAILED)
    assert bool(cloud.starts.messages) == (state is State.ACCEPTED)


def test_an_options_file_that_is_too_large_is_not_read(cloud: FakeCloud) -> None:
    cloud.blobs.put(KEY + ".options.json", b" " * 1024 * 1024 + b"{}")
    assert "1,048,578 bytes" in (taken(cloud).error or "")


def test_a_file_for_nobody_is_not_taken(cloud: FakeCloud) -> None:
    with pytest.raises(NotFound, match="nobody"):
        taken(cloud, "inbox/nobody/batches/a.csv")


@pytest.mark.parametrize(
    "key",
    [
        KEY + ".options.json",
        "inbox/acme/batches/",
        "inbox/acme/batches/folder/",
        "inbox/acme/other/batches/a.csv",
        "inbox//batches/a.csv",
        "elsewhere/acme/batches/a.csv",
    ],
)
def test_what_is_no_drop_is_left_alone(cloud: FakeCloud, key: str) -> None:
    assert take_drop(Drop(key=key, version="v1", event="e-1"), cloud.backend) is None
    assert not cloud.starts.messages


def test_a_long_name_is_shortened(cloud: FakeCloud) -> None:
    assert len(taken(cloud, "inbox/acme/batches/" + "x" * 900).options.name or "") == 256


def test_an_empty_file_fails_with_its_reason(cloud: FakeCloud) -> None:
    cloud.blobs.put(KEY, b"")
    job = taken(cloud)
    cloud.machine.settle()
    failed = cloud.backend.jobs.get(job.ref)
    assert (failed.state, failed.error) == (State.FAILED, "its input is empty")


def test_a_file_that_is_gone_before_it_is_planned_fails_with_its_reason(cloud: FakeCloud) -> None:
    job = taken(cloud)
    del cloud.blobs.objects[KEY]
    cloud.machine.settle()
    failed = cloud.backend.jobs.get(job.ref)
    assert failed.state is State.FAILED
    assert "is gone" in (failed.error or "")
