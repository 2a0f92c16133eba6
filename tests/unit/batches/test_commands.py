"""A batch's life as its owner steers it."""

import json

import pytest

from fanfold.batches import commands
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.batches.intake.create import Input
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.plan.plan import plan
from fanfold.batches.poll import poll
from fanfold.errors import Conflict, NotFound, Superseded
from fanfold.jobs import life_cycle
from fanfold.jobs.identity import Begin
from fanfold.jobs.job import State
from fanfold.jobs.sweep import sweep
from tests.fakes.cloud import FakeCloud


def prompts(*texts: str) -> list[dict[str, str]]:
    return [{"input": text, "custom_id": text} for text in texts]


def current(cloud: FakeCloud, job: BatchJob) -> BatchJob:
    return cloud.backend.jobs.get(job.ref)


def submitted(cloud: FakeCloud, job: BatchJob) -> None:
    """The job's first shard at the provider, its execution waiting."""
    cloud.machine.deliver()
    begin = Begin(tenant=job.tenant, job=job.id, run=job.run, correlation_id="c")
    plan(
        BatchExecution(id=cloud.workflow.arn(job.execution_name), input=json.loads(begin.model_dump_json())),
        cloud.backend,
    )
    cloud.workflow.waiting.add("token")
    submit(SubmitShard(tenant=job.tenant, job=job.id, shard=0, token="token"), cloud.backend)


class TestDrafts:
    def test_a_draft_is_filled_in_several_calls_and_then_processed(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a", "b"), draft=True)
        commands.add_requests(job.ref, Input(requests=prompts("c")), cloud.backend)
        commands.add_requests(job.ref, Input(requests=["nonsense"]), cloud.backend)
        assert (current(cloud, job).state, cloud.starts.messages) == (State.DRAFT, [])

        commands.process(job.ref, cloud.backend)
        cloud.machine.settle()
        done = current(cloud, job)
        assert [result["output"] for result in cloud.results(done)] == ["a", "b", "c"]
        assert [flaw["line"] for flaw in done.samples] == [4]

    def test_the_same_part_twice_is_there_once(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"), draft=True)
        for _ in range(2):
            commands.add_requests(job.ref, Input(requests=prompts("b")), cloud.backend)
        assert len(current(cloud, job).sources) == 2

    def test_an_empty_draft_cannot_begin(self) -> None:
        cloud = FakeCloud()
        job = cloud.draft()
        with pytest.raises(Conflict, match="no requests"):
            commands.process(job.ref, cloud.backend)

    def test_options_change_only_in_a_draft_and_descriptions_always(self) -> None:
        cloud = FakeCloud()
        job = cloud.draft()
        commands.edit(job.ref, commands.EditBatch.model_validate({"model": "echo-2", "tags": ("x",)}), cloud.backend)
        commands.add_requests(job.ref, Input(requests=prompts("a")), cloud.backend)
        commands.process(job.ref, cloud.backend)
        commands.edit(job.ref, commands.EditBatch.model_validate({"name": "named"}), cloud.backend)
        with pytest.raises(Conflict, match="model"):
            commands.edit(job.ref, commands.EditBatch.model_validate({"model": "echo-3"}), cloud.backend)
        options = current(cloud, job).options
        assert (options.name, options.model, options.tags) == ("named", "echo-2", ("x",))


class TestBatchSize:
    def test_no_batch_at_the_provider_is_larger(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts(*"abcdefg"), batch_size=2)
        cloud.machine.settle()
        assert [len(lines) for _, lines in cloud.provider.batches.values()] == [2, 2, 2, 1]
        assert [result["output"] for result in cloud.results(current(cloud, job))] == list("abcdefg")


class TestRetry:
    def test_only_what_failed_is_sent_again(self) -> None:
        cloud = FakeCloud()
        cloud.provider.refused = {"b", "e"}
        job = cloud.create(prompts(*"abcdef"))
        cloud.machine.settle()
        assert (current(cloud, job).counts.succeeded, current(cloud, job).counts.failed) == (4, 2)

        cloud.provider.refused = {"e"}
        commands.retry(job.ref, cloud.backend)
        cloud.machine.settle()
        again = current(cloud, job)
        sent = [
            [line["body"]["messages"][-1]["content"] for line in lines] for _, lines in cloud.provider.batches.values()
        ]
        assert sent[1:] == [["b", "e"]]
        assert (again.state, again.counts.succeeded, again.counts.failed) == (State.COMPLETED, 5, 1)
        assert cloud.backend.jobs.counts(job.ref) == again.counts
        assert [result["status"] for result in cloud.results(again)] == ["succeeded"] * 4 + ["failed", "succeeded"]

    def test_there_must_be_something_to_retry(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        cloud.machine.settle()
        with pytest.raises(Conflict, match="nothing"):
            commands.retry(job.ref, cloud.backend)

    def test_a_failed_job_is_planned_again(self) -> None:
        cloud = FakeCloud()
        job = cloud.upload("nonsense")
        cloud.machine.settle()
        assert current(cloud, job).state is State.FAILED
        commands.retry(job.ref, cloud.backend)
        cloud.machine.settle()
        assert current(cloud, job).round == 2


class TestCancel:
    def test_before_it_begins_it_is_over_at_once(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        assert life_cycle.cancel(job.ref, cloud.backend).state is State.CANCELLED
        cloud.machine.settle()
        assert current(cloud, job).state is State.CANCELLED
        assert cloud.provider.batches == {}

    def test_at_the_provider_it_is_called_back_and_keeps_what_it_has(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        submitted(cloud, job)
        life_cycle.cancel(job.ref, cloud.backend)
        poll(cloud.backend, lambda shard, error: None)
        assert len(cloud.provider.cancelled) == 1
        cloud.machine.settle()
        done = current(cloud, job)
        assert (done.state, done.counts.failed) == (State.CANCELLED, 1)
        assert [result["status"] for result in cloud.results(done)] == ["cancelled"]

    def test_what_was_not_sent_is_never_sent(self) -> None:
        cloud = FakeCloud()
        cloud.configure(chunk_requests=1)
        cloud.provider.batch_limits = cloud.provider.batch_limits._replace(requests=1)
        job = cloud.create(prompts("a", "b"))
        submitted(cloud, job)
        life_cycle.cancel(job.ref, cloud.backend)
        cloud.machine.settle()
        assert len(cloud.provider.batches) == 1

    def test_a_cancelled_batch_can_be_retried(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        submitted(cloud, job)
        life_cycle.cancel(job.ref, cloud.backend)
        poll(cloud.backend, lambda shard, error: None)
        cloud.machine.settle()
        commands.retry(job.ref, cloud.backend)
        cloud.machine.settle()
        assert current(cloud, job).counts.succeeded == 1

    def test_what_is_over_stays_over(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        cloud.machine.settle()
        with pytest.raises(Conflict, match="completed"):
            life_cycle.cancel(job.ref, cloud.backend)


class TestPause:
    def test_nothing_more_is_sent_until_it_is_resumed(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        life_cycle.pause(job.ref, cloud.backend)
        cloud.machine.settle()
        assert (current(cloud, job).state, cloud.provider.batches) == (State.PAUSED, {})

        life_cycle.resume(job.ref, cloud.backend)
        cloud.machine.settle()
        assert current(cloud, job).counts.succeeded == 1

    def test_what_is_at_the_provider_is_collected_after_the_pause(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        submitted(cloud, job)
        life_cycle.pause(job.ref, cloud.backend)
        with pytest.raises(Superseded):
            submit(SubmitShard(tenant=job.tenant, job=job.id, shard=0, token="late"), cloud.backend)
        cloud.provider.end_all()
        poll(cloud.backend, lambda shard, error: None)
        life_cycle.resume(job.ref, cloud.backend)
        cloud.machine.settle()
        assert current(cloud, job).counts.succeeded == 1
        assert len(cloud.provider.batches) == 1

    def test_a_retry_that_is_paused_before_it_is_planned_is_still_one(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        submitted(cloud, job)
        life_cycle.cancel(job.ref, cloud.backend)
        poll(cloud.backend, lambda shard, error: None)
        cloud.machine.settle()
        commands.retry(job.ref, cloud.backend)
        life_cycle.pause(job.ref, cloud.backend)
        life_cycle.resume(job.ref, cloud.backend)
        cloud.machine.settle()
        assert current(cloud, job).counts.succeeded == 1


class TestDelete:
    def test_nothing_is_left(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a", "b"))
        cloud.machine.settle()
        life_cycle.delete(job.ref, cloud.backend)
        for text in cloud.removals.messages * 2:
            remove(RemoveBatch.model_validate_json(text), cloud.backend, lambda shard, error: None)
        with pytest.raises(NotFound):
            current(cloud, job)
        assert [key for key in cloud.table.items if job.id in key.pk] == []
        assert [key for key in cloud.blobs.objects if job.id in key] == []
        assert cloud.provider.batches == {}

    def test_a_lost_removal_is_asked_for_again(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        life_cycle.delete(job.ref, cloud.backend)
        cloud.removals.messages.clear()
        sweep(cloud.backend)
        assert len(cloud.removals.messages) == 1

    def test_a_job_past_its_retention_is_deleted(self) -> None:
        cloud = FakeCloud()
        job = cloud.create(prompts("a"))
        cloud.machine.settle()
        cloud.wait(29 * 86400)
        assert sweep(cloud.backend).expired == 0
        cloud.wait(2 * 86400)
        assert sweep(cloud.backend).expired == 1
        assert current(cloud, job).state is State.DELETING
