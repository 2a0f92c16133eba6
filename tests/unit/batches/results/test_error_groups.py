"""What went wrong in a batch, by kind."""

from typing import Any

import pytest

from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.commands import retry
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.plan.plan import plan
from fanfold.batches.poll import poll
from fanfold.batches.results.error_groups import ErrorReport, errors
from fanfold.errors import NotFound
from fanfold.jobs.error_groups import CODES, EXAMPLES, QUOTED, ErrorGroup, Example, error_group, grouped
from fanfold.jobs.job import JobRef, State
from fanfold.providers import BatchLimits
from tests.fakes.cloud import FakeCloud

BAD = {"inptu": "a typing error"}


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.provider.refused, cloud.provider.missing = {"prompt 1", "prompt 4", "prompt 8"}, {"prompt 7"}
    return cloud


def made(cloud: FakeCloud) -> BatchJob:
    return cloud.create([*({"input": f"prompt {n}", "custom_id": f"id-{n}"} for n in range(10)), BAD])


def kinds(found: ErrorReport) -> list[tuple[str, int, list[str]]]:
    return [(each.kind, each.count, [trouble.custom_id for trouble in each.examples]) for each in found.errors]


def test_errors_are_grouped_the_most_frequent_first(cloud: FakeCloud) -> None:
    found = errors(cloud.run(made(cloud)).ref, cloud.backend)
    assert kinds(found) == [("refused", 3, ["id-1", "id-4", "id-8"]), ("missing", 1, ["id-7"])]
    assert (found.state, found.failed) == (State.COMPLETED, 4)
    example = found.errors[0].examples[0]
    assert (example.line, example.message) == (2, "no")


def test_rejected_lines_are_told_as_well(cloud: FakeCloud) -> None:
    found = errors(cloud.run(made(cloud)).ref, cloud.backend)
    assert (found.rejected, [line["field"] for line in found.rejected_lines]) == (1, ["inptu"])


def test_errors_are_known_while_the_batch_runs(cloud: FakeCloud) -> None:
    cloud.provider.batch_limits = BatchLimits(requests=6, bytes=1_000_000)
    job = made(cloud)
    given: dict[str, Any] = {"tenant": "acme", "job": job.id, "run": 1, "correlation_id": "c"}
    assert errors(job.ref, cloud.backend).errors == []
    plan(BatchExecution(id="arn:one", input=given), cloud.backend)
    submit(SubmitShard(tenant="acme", job=job.id, shard=0, token="t"), cloud.backend)
    cloud.provider.end_all()
    poll(cloud.backend, lambda shard, error: None)
    collect(CollectShard(tenant="acme", job=job.id, shard=0), cloud.backend)

    found = errors(job.ref, cloud.backend)
    assert kinds(found) == [("refused", 2, ["id-1", "id-4"])]
    assert (found.state, found.failed, found.rejected) == (State.RUNNING, 2, 1)


def test_what_a_retry_mends_is_no_error_any_more(cloud: FakeCloud) -> None:
    job = cloud.run(made(cloud))
    cloud.provider.refused.clear()
    retry(job.ref, cloud.backend)
    assert errors(job.ref, cloud.backend).failed == 4
    cloud.machine.settle()
    assert kinds(errors(job.ref, cloud.backend)) == [("missing", 1, ["id-7"])]
    cloud.provider.missing.clear()
    retry(job.ref, cloud.backend)
    cloud.machine.settle()
    assert errors(job.ref, cloud.backend).errors == []


def test_an_ended_batch_needs_no_look_at_its_chunks(cloud: FakeCloud) -> None:
    job = cloud.run(made(cloud))
    for key in [key for key in cloud.table.items if key.sk.startswith("C#")]:
        cloud.table.remove(key)
    assert errors(job.ref, cloud.backend).failed == 4


def test_a_batch_of_somebody_else_is_not_there(cloud: FakeCloud) -> None:
    with pytest.raises(NotFound):
        errors(JobRef(tenant="other", job=made(cloud).id), cloud.backend)


def one(kind: str, number: int, message: str = "no", code: str | None = None) -> ErrorGroup:
    return error_group(kind, code, Example(id=f"id-{number}", line=number, message=message))


class TestGroups:
    def test_nothing_is_no_group(self) -> None:
        assert grouped([]) == ()

    def test_groups_of_groups_add_up(self) -> None:
        some, more = grouped(one("a", n) for n in range(4)), grouped(one("b", n) for n in range(6))
        assert [(group.kind, group.count) for group in grouped([*some, *more, *some])] == [("a", 8), ("b", 6)]

    def test_examples_are_few_short_and_differ_where_they_can(self) -> None:
        [group] = grouped(one("a", n, "same" if n < 50 else "x" * 900) for n in range(60))
        assert len(group.examples) == EXAMPLES
        assert {each.message for each in group.examples} == {"same", "x" * QUOTED}

    def test_codes_are_counted_and_few(self) -> None:
        [group] = grouped(one("a", n, code=f"code-{n % 30}" if n % 2 else "often") for n in range(100))
        assert group.codes["often"] == 50
        assert len(group.codes) == CODES

    def test_a_fault_without_a_code_has_none(self) -> None:
        assert one("a", 1).codes == one("a", 1, code="").codes == {}
