"""Requests that ask the same: asked once in a batch, and once among a tenant's batches, if that is wanted."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.batches import commands
from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.batches.input.duplicates import duplicates, together
from fanfold.batches.input.lines import ReadRequest, stored
from fanfold.batches.model.batch import BatchJob
from fanfold.jobs import life_cycle
from fanfold.jobs.job import State
from tests.fakes.cloud import ACME, FakeCloud

MODES = pytest.mark.parametrize("mode", ["batch", "realtime"])
SAID = ["red", "blue", "red", "green", "red", "blue", "red"]


@pytest.fixture
def cloud() -> FakeCloud:
    found = FakeCloud()
    found.configure(chunk_requests=2, realtime_chunk_requests=2)
    return found


def create(cloud: FakeCloud, said: list[str], number: int = 1, **options: Any) -> BatchJob:
    requests = [{"custom_id": f"id-{n}", "input": text} for n, text in enumerate(said)]
    who = ACME.model_copy(update={"idempotency_key": f"k-{number}", "tenant": options.pop("tenant", "acme")})
    return cloud.create(requests, who, provider="echo", **options)


def sent(cloud: FakeCloud) -> list[str]:
    """What the provider was asked, in either lane."""
    lines = (line for _, lines in cloud.provider.batches.values() for line in lines)
    return sorted([*(line["body"]["messages"][-1]["content"] for line in lines), *cloud.provider.asked])


class TestCopies:
    @MODES
    def test_are_asked_once_and_all_have_the_answer(self, cloud: FakeCloud, mode: str) -> None:
        job = cloud.run(create(cloud, SAID, mode=mode, collapse=True))
        assert sent(cloud) == ["blue", "green", "red"]
        results = {result["custom_id"]: result for result in cloud.results(job)}
        assert [results[f"id-{n}"]["output"] for n in range(7)] == SAID
        assert [n for n in range(7) if results[f"id-{n}"].get("collapsed")] == [2, 4, 5, 6]
        assert (job.counts.succeeded, job.counts.input_tokens, job.counts.output_tokens) == (7, 6, 3)

    @MODES
    def test_are_all_asked_unless_that_is_wanted(self, cloud: FakeCloud, mode: str) -> None:
        cloud.run(create(cloud, SAID, mode=mode))
        assert sent(cloud) == sorted(SAID)

    @MODES
    def test_fail_together_and_are_tried_again_together(self, cloud: FakeCloud, mode: str) -> None:
        cloud.provider.refused = {"red"}
        job = cloud.run(create(cloud, SAID, mode=mode, collapse=True))
        assert (job.counts.succeeded, job.counts.failed) == (3, 4)
        cloud.provider.refused = set()
        job = cloud.run(commands.retry(job.ref, cloud.backend))
        assert (job.counts.succeeded, job.counts.failed) == (7, 0)
        assert sent(cloud).count("red") == 2

    def test_that_are_repeats_by_their_name_are_rejected_as_ever(self, cloud: FakeCloud) -> None:
        requests = [{"custom_id": "a", "input": "red"}, {"custom_id": "a", "input": "red"}, {"input": "red"}]
        job = cloud.run(cloud.create(requests, provider="echo", collapse=True))
        assert (job.total, job.rejected, sent(cloud)) == (2, 1, ["red"])

    def test_differ_by_whatever_is_asked(self) -> None:
        def line(name: str, body: dict[str, Any]) -> bytes:
            return stored(ReadRequest(name, 1, body))

        lines = [
            line("a", {"model": "m", "input": "x"}),
            line('b","body":{', {"model": "m", "input": "x"}),
            line("c", {"model": "n", "input": "x"}),
            line("d", {"model": "m", "input": 'x","body":{'}),
            line("e", {"model": "m", "input": "x"}),
        ]
        assert duplicates(lines, range(5)) == {1: 0, 4: 0}
        assert duplicates(lines, [1, 2, 4]) == {4: 1}

    @given(st.lists(st.integers(0, 5), max_size=30))
    def test_come_behind_the_first_in_one_order(self, numbers: list[int]) -> None:
        import tempfile

        lines = [stored(ReadRequest(f"id-{n}", n, {"said": each})) for n, each in enumerate(numbers)]
        spool = BytesIO(b"".join(lines))
        with tempfile.TemporaryDirectory() as folder:
            found = list(together(iter(spool.readline, b""), spool, Path(folder)))
        expected = sorted(range(len(numbers)), key=lambda n: (numbers.index(numbers[n]), n))
        assert [kept.line for kept in found] == [lines[n] for n in expected]
        behind = [numbers[n] for n in expected]
        assert [kept.last for kept in found] == [
            n + 1 == len(behind) or behind[n + 1] != each for n, each in enumerate(behind)
        ]


class TestTheCache:
    @MODES
    @pytest.mark.parametrize("first", ["batch", "realtime"])
    def test_has_what_another_batch_was_answered(self, cloud: FakeCloud, first: str, mode: str) -> None:
        cloud.run(create(cloud, ["red", "blue"], 1, mode=first, cache=True))
        job = cloud.run(create(cloud, ["blue", "green", "red"], 2, mode=mode, cache=True))
        assert sent(cloud) == ["blue", "green", "red"]
        results = {result["output"]: result for result in cloud.results(job)}
        assert {output for output, result in results.items() if result.get("cached")} == {"red", "blue"}
        assert (job.state, job.counts.succeeded, job.counts.input_tokens) == (State.COMPLETED, 3, 2)

    @MODES
    def test_that_has_everything_leaves_nothing_to_ask(self, cloud: FakeCloud, mode: str) -> None:
        cloud.run(create(cloud, ["red", "blue"], 1, cache=True))
        job = cloud.run(create(cloud, ["red", "blue", "red"], 2, mode=mode, cache=True))
        assert (job.state, job.counts.succeeded, job.counts.input_tokens) == (State.COMPLETED, 3, 0)
        assert sent(cloud) == ["blue", "red"]

    def test_is_for_those_who_ask(self, cloud: FakeCloud) -> None:
        cloud.run(create(cloud, ["red"], 1))
        cloud.run(create(cloud, ["red"], 2, cache=True))
        cloud.run(create(cloud, ["red"], 3))
        assert sent(cloud) == ["red"] * 3

    def test_is_never_anothers(self, cloud: FakeCloud) -> None:
        cloud.run(create(cloud, ["red"], 1, cache=True))
        cloud.run(create(cloud, ["red"], 2, cache=True, tenant="globex"))
        assert sent(cloud) == ["red", "red"]

    def test_goes_with_the_batch_that_paid(self, cloud: FakeCloud) -> None:
        job = cloud.run(create(cloud, ["red"], 1, cache=True))
        life_cycle.delete(job.ref, cloud.backend)

        remove(RemoveBatch(tenant="acme", job=job.id), cloud.backend, lambda shard, error: None)
        cloud.provider.batches.clear()
        job = cloud.run(create(cloud, ["red"], 2, cache=True))
        assert (sent(cloud), job.counts.succeeded) == (["red"], 1)

    def test_expires_as_that_would(self, cloud: FakeCloud) -> None:
        cloud.run(create(cloud, ["red"], 1, cache=True))
        cloud.wait(cloud.settings.retention_days * 86_400 + 1)
        cloud.run(create(cloud, ["red"], 2, cache=True))
        assert sent(cloud) == ["red", "red"]

    def test_holds_no_failures(self, cloud: FakeCloud) -> None:
        cloud.provider.refused = {"red"}
        cloud.run(create(cloud, ["red"], 1, cache=True))
        cloud.provider.refused = set()
        job = cloud.run(create(cloud, ["red"], 2, cache=True))
        assert (job.counts.succeeded, "cached" in cloud.results(job)[0]) == (1, False)

    @MODES
    def test_goes_with_collapsing(self, cloud: FakeCloud, mode: str) -> None:
        cloud.run(create(cloud, ["red"], 1, cache=True))
        job = cloud.run(create(cloud, SAID, 2, mode=mode, cache=True, collapse=True))
        assert sent(cloud) == ["blue", "green", "red"]
        assert (job.counts.succeeded, job.counts.input_tokens) == (7, 4)
