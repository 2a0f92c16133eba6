"""What becomes of dropped files, put beside them."""

import json

import pytest

from fanfold.batches.commands import retry
from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.batches.intake.defaults import defaults, set_defaults
from fanfold.batches.intake.drop import Drop, take_drop
from fanfold.batches.model.batch import BatchJob, Options
from fanfold.batches.results import drop_results
from fanfold.errors import Invalid, NotFound
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import delete
from tests.fakes.blobs import etag_of
from tests.fakes.cloud import FakeCloud

KEY = "inbox/acme/batches/august/topics.jsonl"
RESULTS = "outbox/acme/batches/august/topics.jsonl.results.jsonl"
REJECTED = "outbox/acme/batches/august/topics.jsonl.rejected.txt"


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.backend.tenants.create("acme")
    return cloud


def dropped(cloud: FakeCloud, *lines: object, key: str = KEY, version: str = "v1") -> BatchJob:
    """The batch of a file, when it is over."""
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    cloud.blobs.put(key, body)
    job = take_drop(Drop(key=key, version=version, event="e-1", etag=etag_of(body)), cloud.backend)
    assert job is not None
    cloud.machine.settle()
    return cloud.backend.jobs.get(job.ref)


def gone(cloud: FakeCloud, job: BatchJob) -> None:
    delete(job.ref, cloud.backend)
    remove(RemoveBatch(tenant="acme", job=job.id), cloud.backend, lambda shard, error: None)


def put_out(cloud: FakeCloud) -> set[str]:
    return {key for key in cloud.blobs.objects if key.startswith("outbox/")}


def text(cloud: FakeCloud) -> str:
    return cloud.blobs.get(REJECTED).decode()


class TestOutbox:
    def test_results_lie_beside_the_file(self, cloud: FakeCloud) -> None:
        job = dropped(cloud, {"input": "a"}, {"input": "b"})
        assert put_out(cloud) == {RESULTS}
        assert cloud.blobs.get(RESULTS) == cloud.blobs.get(job.ref.folder + "results.jsonl")

    def test_what_was_not_taken_is_told_by_line(self, cloud: FakeCloud) -> None:
        job = dropped(cloud, {"input": "a"}, {"inptu": "b"}, {"input": "c", "max_tokens": 0})
        assert put_out(cloud) == {RESULTS, REJECTED}
        told = text(cloud).splitlines()
        assert told[0] == "2 of the lines of august/topics.jsonl were not taken; the other 1 were."
        assert job.id in told[1]
        assert told[3].startswith("line 2, inptu: ")
        assert told[4].startswith("line 3, max_tokens: ")

    def test_of_very_many_the_rest_is_counted(self, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(drop_results, "MOST_LINES", 2)
        job = dropped(cloud, {"input": "a"}, *[{"x": 1}] * 5)
        assert text(cloud).splitlines()[-1] == f"and 3 more: GET /v1/batches/{job.id}/rejected"

    def test_a_file_of_nothing_good_says_so(self, cloud: FakeCloud) -> None:
        assert dropped(cloud, {"x": 1}).state is State.FAILED
        assert put_out(cloud) == {REJECTED}
        assert "failed: none of its 1 lines can be run" in text(cloud)
        assert "line 1" in text(cloud)

    def test_an_empty_file_says_so(self, cloud: FakeCloud) -> None:
        dropped(cloud)
        assert "failed: its input is empty" in text(cloud)

    def test_bad_options_name_their_fields(self, cloud: FakeCloud) -> None:
        cloud.blobs.put(KEY + ".options.json", b'{"modle": "echo-1", "temperature": 9}')
        dropped(cloud, {"input": "a"})
        assert put_out(cloud) == {REJECTED}
        assert "modle: there is no such field" in text(cloud)
        assert "\ntemperature: " in text(cloud)

    def test_a_retry_brings_better_results(self, cloud: FakeCloud) -> None:
        cloud.provider.refused = {"b"}
        job = dropped(cloud, {"input": "a"}, {"input": "b"})
        assert b'"failed"' in cloud.blobs.get(RESULTS)
        cloud.provider.refused.clear()
        retry(job.ref, cloud.backend)
        cloud.machine.settle()
        assert b'"failed"' not in cloud.blobs.get(RESULTS)

    def test_a_later_version_takes_the_place_of_an_earlier(self, cloud: FakeCloud) -> None:
        dropped(cloud, {"input": "a"})
        dropped(cloud, {"input": "b"}, version="v2")
        assert b'"output":"b"' in cloud.blobs.get(RESULTS)

    def test_a_batch_that_came_another_way_puts_nothing_out(self, cloud: FakeCloud) -> None:
        cloud.run(cloud.create([{"input": "a"}, {"x": 1}]))
        assert not put_out(cloud)

    def test_the_longest_key_leaves_room_for_its_ending(self, cloud: FakeCloud) -> None:
        folder = "inbox/acme/batches/"
        dropped(cloud, {"input": "a"}, key=folder + "è" * ((1024 - len(folder)) // 2))
        [key] = put_out(cloud)
        assert len(key.encode()) <= 1024
        assert key.endswith("è.results.jsonl")

    def test_deleting_a_batch_takes_back_what_was_put_out(self, cloud: FakeCloud) -> None:
        kept = dropped(cloud, {"input": "a"}, key=KEY + "2")
        job = dropped(cloud, {"input": "a"}, {"x": 1}, version="v2")
        gone(cloud, job)
        assert put_out(cloud) == {"outbox/acme/batches/august/topics.jsonl2.results.jsonl"}
        assert cloud.backend.jobs.get(kept.ref).state is State.COMPLETED

    def test_deleting_a_batch_removes_its_file_and_the_options_of_that(self, cloud: FakeCloud) -> None:
        cloud.blobs.put(KEY + ".options.json", b'{"model": "echo-7"}')
        job = dropped(cloud, {"input": "a"})
        dropped(cloud, {"input": "a"}, key=KEY + "2")
        gone(cloud, job)
        assert {key for key in cloud.blobs.objects if key.startswith("inbox/")} == {KEY + "2"}

    def test_a_later_file_of_that_name_keeps_what_is_its(self, cloud: FakeCloud) -> None:
        first = dropped(cloud, {"input": "a"})
        second = dropped(cloud, {"input": "b"}, version="v2")
        gone(cloud, first)
        assert KEY in cloud.blobs.objects
        assert put_out(cloud) == {RESULTS}
        gone(cloud, second)
        assert not [key for key in cloud.blobs.objects if "box/" in key]

    def test_a_file_that_its_owner_removed_leaves_nothing_in_the_outbox(self, cloud: FakeCloud) -> None:
        job = dropped(cloud, {"input": "a"})
        cloud.blobs.remove_under(KEY)
        gone(cloud, job)
        assert not put_out(cloud)


class TestDefaults:
    def test_a_file_without_options_takes_the_tenants(self, cloud: FakeCloud) -> None:
        set_defaults("acme", Options(model="echo-5", tags=("nightly",), metadata={"team": "docs"}), cloud.backend)
        options = dropped(cloud, {"input": "a"}).options
        assert (options.model, options.tags, options.metadata) == ("echo-5", ("nightly",), {"team": "docs"})
        assert options.name == "august/topics.jsonl"

    def test_a_files_own_options_stand_alone(self, cloud: FakeCloud) -> None:
        set_defaults("acme", Options(model="echo-5", system="Be brief."), cloud.backend)
        cloud.blobs.put(KEY + ".options.json", b'{"model": "echo-7"}')
        options = dropped(cloud, {"input": "a"}).options
        assert (options.model, options.system) == ("echo-7", None)

    def test_defaults_are_read_back_and_replaced(self, cloud: FakeCloud) -> None:
        assert defaults("acme", cloud.backend) == Options()
        for given in (Options(model="echo-5"), Options(max_tokens=3, temperature=0.5)):
            set_defaults("acme", given, cloud.backend)
            assert defaults("acme", cloud.backend) == given

    def test_defaults_that_can_not_be_are_refused(self, cloud: FakeCloud) -> None:
        with pytest.raises(Invalid, match="gpt-5"):
            set_defaults("acme", Options(model="gpt-5"), cloud.backend)
        with pytest.raises(NotFound):
            set_defaults("nobody", Options(), cloud.backend)

    def test_defaults_that_are_no_more_refuse_the_file_with_the_reason(self, cloud: FakeCloud) -> None:
        cloud.backend.tenants.set_batch_defaults("acme", {"provider": "gone", "was_once": 1})
        assert dropped(cloud, {"input": "a"}).state is State.FAILED
        assert "was_once" in text(cloud)

    def test_defaults_are_for_drops_alone(self, cloud: FakeCloud) -> None:
        set_defaults("acme", Options(model="echo-5"), cloud.backend)
        assert cloud.create([{"input": "a"}]).options.model is None
