"""Turns at a provider whose batches carry no marker, and batches that turn out to be another's."""

from pathlib import Path

import pytest

from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.plan.plan import plan
from fanfold.errors import Misadopted, ProviderUnavailable, Unsettled
from fanfold.jobs.identity import Caller, begin
from fanfold.providers import Capabilities, Draft
from tests.fakes.cloud import FakeCloud
from tests.fakes.provider import MemoryProvider


class Unmarked(MemoryProvider):
    """Batches carry nothing of ours; a create may take effect and die."""

    capabilities = Capabilities(marked_batches=False)

    def __init__(self) -> None:
        super().__init__()
        self.dies = False

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        id = super().create(file, staged, draft)
        if self.dies:
            raise ProviderUnavailable("silence")
        return id

    def adopt(self, draft: Draft) -> str | None:
        if not draft.tries:
            return None
        counts = {id: len(lines) for id, (_, lines) in self.batches.items()}
        return next((id for id, n in counts.items() if n == draft.requests and not draft.known(id)), None)

    def stranger(self, requests: int) -> str:
        """A batch that somebody else made under the same key."""
        id = f"batch-{len(self.batches)}"
        lines = [{"id": f"their-{n}", "body": {"messages": [{"content": "theirs"}]}} for n in range(requests)]
        self.batches[id] = "", lines
        return id


@pytest.fixture
def provider() -> Unmarked:
    return Unmarked()


@pytest.fixture
def cloud(provider: Unmarked) -> FakeCloud:
    return FakeCloud(provider=provider)


def planned(cloud: FakeCloud, requests: int, name: str) -> BatchJob:
    caller = Caller(tenant="acme", correlation_id="c", idempotency_key=name)
    job = cloud.create([{"input": f"{name} {n}"} for n in range(requests)], caller)
    plan(BatchExecution(id=f"arn:{name}", input=begin(job).model_dump()), cloud.backend)
    return job


def send(cloud: FakeCloud, job: BatchJob) -> Shard:
    return submit(SubmitShard(tenant=job.tenant, job=job.id, shard=0, token="t"), cloud.backend)


def gather(cloud: FakeCloud, job: BatchJob) -> Shard:
    return collect(CollectShard(tenant=job.tenant, job=job.id, shard=0), cloud.backend)


def dies(cloud: FakeCloud, job: BatchJob, provider: Unmarked) -> None:
    """A submit whose create took effect without an answer."""
    provider.dies = True
    with pytest.raises(ProviderUnavailable):
        send(cloud, job)
    provider.dies = False


def test_an_orphan_is_found_again_and_its_results_prove_it(cloud: FakeCloud, provider: Unmarked) -> None:
    job = planned(cloud, 2, "a")
    dies(cloud, job, provider)
    with pytest.raises(Unsettled):
        send(cloud, job)
    cloud.wait(100)
    sent = send(cloud, job)
    assert (sent.batch, sent.adopted, len(provider.batches)) == ("batch-0", True, 1)
    provider.end_all()
    assert gather(cloud, job).state is ShardState.COLLECTED
    assert cloud.backend.jobs.counts(job.ref).succeeded == 2


def test_while_a_create_may_take_effect_nobody_else_submits(cloud: FakeCloud, provider: Unmarked) -> None:
    first, second = planned(cloud, 2, "a"), planned(cloud, 2, "b")
    dies(cloud, first, provider)
    with pytest.raises(Unsettled, match="turn"):
        send(cloud, second)
    assert len(provider.batches) == 1
    cloud.wait(100)
    assert send(cloud, second).batch == "batch-1"
    assert send(cloud, first).batch == "batch-0"
    provider.end_all()
    for job in (first, second):
        gather(cloud, job)
        assert cloud.backend.jobs.counts(job.ref).succeeded == 2


def test_a_turn_ends_with_the_submit(cloud: FakeCloud, provider: Unmarked) -> None:
    assert [send(cloud, planned(cloud, 2, name)).batch for name in "abc"] == ["batch-0", "batch-1", "batch-2"]


def test_what_is_anothers_is_given_back_and_the_shard_submitted_again(cloud: FakeCloud, provider: Unmarked) -> None:
    job = planned(cloud, 2, "a")
    provider.trouble["create"] = ProviderUnavailable("nothing was made")
    with pytest.raises(ProviderUnavailable):
        send(cloud, job)
    provider.trouble.clear()
    stranger = provider.stranger(2)
    cloud.wait(100)
    assert send(cloud, job).batch == stranger
    provider.end_all()
    with pytest.raises(Misadopted):
        gather(cloud, job)
    again = send(cloud, job)
    assert (again.batch, again.adopted) == ("batch-1", False)
    provider.end_all()
    gather(cloud, job)
    assert cloud.backend.jobs.counts(job.ref).succeeded == 2


def test_the_state_machine_goes_back_to_submit(cloud: FakeCloud, provider: Unmarked) -> None:
    job = planned(cloud, 2, "a")
    provider.trouble["create"] = ProviderUnavailable("nothing was made")
    with pytest.raises(ProviderUnavailable):
        send(cloud, job)
    provider.trouble.clear()
    provider.stranger(2)
    cloud.wait(100)
    send(cloud, job)
    cloud.machine.states.run("arn:a", begin(job).model_dump())
    assert cloud.backend.jobs.counts(job.ref).succeeded == 2
