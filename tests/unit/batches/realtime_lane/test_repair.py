"""An output that does not keep to its schema is shown to the model once."""

import json
from typing import Any

import pytest

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.model.batch import BatchJob, Priority
from fanfold.batches.realtime_lane.chunk_message import WorkChunk
from fanfold.batches.realtime_lane.worker import work
from fanfold.errors import ProviderRefused, ProviderThrottled
from fanfold.providers import Outcome, Status
from tests.fakes.cloud import FakeCloud
from tests.fakes.loop import run_quietly
from tests.fakes.provider import MemoryProvider

SCHEMA = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
GOOD, BAD, WORSE = '{"city": "Rome"}', '{"town": "Rome"}', "Rome, of course"


class Strict(MemoryProvider):
    """Answers are as they are told to be, first and when asked again."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}
        self.second: dict[str, str | Exception] = {}
        self.bodies: list[dict[str, Any]] = []

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        self.bodies.append(body)
        prompt = body["messages"][0]["content"]
        again = len(body["messages"]) > 1
        found = (self.second if again else self.first).get(prompt, GOOD)
        if isinstance(found, Exception):
            if not isinstance(found, ProviderRefused):
                self.second.pop(prompt)
            raise found
        outcome = await super().answer(id, body, timeout)
        return outcome.model_copy(update={"output": found})

    @property
    def repairs(self) -> list[dict[str, Any]]:
        return [body for body in self.bodies if len(body["messages"]) > 1]


@pytest.fixture
def provider() -> Strict:
    return Strict()


@pytest.fixture
def cloud(provider: Strict) -> FakeCloud:
    found = FakeCloud(provider=provider)
    found.configure(realtime_chunk_requests=10, in_flight=4, flush_requests=8)
    return found


def create(cloud: FakeCloud, requests: int = 3, **options: Any) -> BatchJob:
    said = {"provider": "echo", "mode": "realtime", "response_schema": SCHEMA, **options}
    return cloud.create([{"custom_id": f"id-{n}", "input": f"prompt {n}"} for n in range(requests)], **said)


def test_it_is_repaired_and_says_so(cloud: FakeCloud, provider: Strict) -> None:
    provider.first = {"prompt 1": BAD}
    job = cloud.run(create(cloud))
    results = cloud.results(job)
    assert [result["output"] for result in results] == [GOOD] * 3
    assert [result.get("repaired") for result in results] == [None, True, None]
    assert (job.counts.succeeded, job.counts.input_tokens, job.counts.output_tokens) == (3, 8, 4)
    assert (results[1]["usage"]["input_tokens"], results[1]["tries"]) == (4, 2)
    [asked] = provider.repairs
    assert [turn["role"] for turn in asked["messages"]] == ["user", "assistant", "user"]
    assert asked["messages"][1]["content"] == BAD
    assert "'city' is a required property" in asked["messages"][2]["content"]


@pytest.mark.parametrize("flawed", [BAD, WORSE, ""])
def test_it_is_asked_once_more_and_no_more(cloud: FakeCloud, provider: Strict, flawed: str) -> None:
    provider.first = provider.second = {"prompt 1": flawed}  # type: ignore[assignment]
    job = cloud.run(create(cloud))
    assert (job.counts.succeeded, job.counts.failed, job.counts.input_tokens) == (2, 1, 8)
    assert cloud.results(job)[1]["error"]["kind"] == "invalid_output"
    assert len(provider.repairs) == 1


def test_what_is_throttled_meanwhile_is_asked_again(cloud: FakeCloud, provider: Strict) -> None:
    provider.first, provider.second = {"prompt 1": BAD}, {"prompt 1": ProviderThrottled("later")}
    job = cloud.run(create(cloud))
    assert (job.counts.succeeded, job.counts.input_tokens) == (3, 8)
    assert len(provider.repairs) == 2


def test_a_repair_that_is_refused_leaves_the_flawed_output(cloud: FakeCloud, provider: Strict) -> None:
    provider.first, provider.second = {"prompt 1": BAD}, {"prompt 1": ProviderRefused("no")}
    job = cloud.run(create(cloud))
    flawed = cloud.results(job)[1]
    assert (flawed["output"], flawed["error"]["kind"], "repaired" in flawed) == (BAD, "invalid_output", False)


def test_who_wants_none_gets_none(cloud: FakeCloud, provider: Strict) -> None:
    provider.first = {"prompt 1": BAD}
    job = cloud.run(create(cloud, repair=False))
    assert (job.counts.failed, provider.repairs) == (1, [])


def test_a_worker_that_runs_out_of_time_leaves_the_repair_to_the_next(cloud: FakeCloud, provider: Strict) -> None:
    provider.first, provider.second = {"prompt 1": BAD}, {"prompt 1": ProviderThrottled("later", retry_after=120)}
    job = create(cloud)
    planned = cloud.machine.plan(job)
    cloud.workflow.waiting.add("token")
    submit(SubmitShard(tenant=job.tenant, job=job.id, shard=planned.shards[0], token="token"), cloud.backend)
    assert deliver(cloud).again_after >= 120
    cloud.wait(150)
    assert deliver(cloud).settled
    assert len(provider.bodies) == 5
    job = cloud.machine.resume(job)
    assert (job.counts.succeeded, job.counts.input_tokens) == (3, 8)
    assert cloud.results(job)[1]["repaired"]


def test_when_every_output_is_flawed_all_are_repaired(cloud: FakeCloud, provider: Strict) -> None:
    provider.first = {f"prompt {n}": BAD for n in range(10)}
    job = cloud.run(create(cloud, 10))
    assert (job.counts.succeeded, len(provider.repairs)) == (10, 10)


def deliver(cloud: FakeCloud) -> Any:
    message = WorkChunk.model_validate_json(cloud.work[Priority.NORMAL].messages[-1])
    return run_quietly(work(message, cloud.backend, lambda: 280.0), cloud.wait)


@pytest.mark.parametrize("name", ["openai", "anthropic", "gemini"])
def test_every_provider_can_be_told_what_was_wrong(name: str) -> None:
    from fanfold.providers import ChatMessage, Prompt, provider

    plugin = provider(name, lambda: "key", 60)
    body = plugin.body(Prompt(model=plugin.default_model, messages=(ChatMessage(role="user", content="Where?"),)))
    more = plugin.continued(body, BAD, "Once more.")
    own, others = json.dumps(body), json.dumps(more)
    assert all(text in others for text in ("Where?", "town", "Once more."))
    assert "town" not in own
    turns = more.get("messages") or more["contents"]
    assert [turn["role"] for turn in turns] in (["user", "assistant", "user"], ["user", "model", "user"])
    assert plugin.schema(more) == plugin.schema(body)


def test_what_failed_for_another_reason_is_not_repaired() -> None:
    from fanfold.batches.realtime_lane.repair import repair

    failed = Outcome(id="0", status=Status.FAILED, output=BAD)
    assert repair({"messages": [], "response_schema": SCHEMA}, failed, Strict()) is None
