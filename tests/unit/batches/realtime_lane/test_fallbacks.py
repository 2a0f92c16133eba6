"""Another model answers when the one that was asked for has no answer, for reasons of its own."""

from datetime import timedelta
from typing import Any

import pytest

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.model.batch import BatchJob, Priority
from fanfold.batches.realtime_lane.chunk_message import WorkChunk, Worked
from fanfold.batches.realtime_lane.worker import work
from fanfold.errors import BadReply, ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.jobs.job import State
from fanfold.jobs.usage_stats import UsageKey, usage_by_key
from fanfold.limits.breaker import Breaker
from fanfold.limits.route import Route
from fanfold.providers import Outcome
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Fuse
from tests.fakes.loop import run_quietly
from tests.fakes.machine import Machine
from tests.fakes.provider import MemoryProvider

PROMPTS = [f"prompt {n}" for n in range(10)]


class Models(MemoryProvider):
    """A provider of several models, of which some are down."""

    def __init__(self) -> None:
        super().__init__()
        self.down: dict[str, Exception] = {}
        """What every call for a model raises."""
        self.calls: list[tuple[str, str]] = []
        """The model and the prompt of each call."""

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        self.calls.append((body["model"], body["messages"][-1]["content"]))
        if body["model"] in self.down:
            raise self.down[body["model"]]
        return await super().answer(id, body, timeout)


@pytest.fixture
def cloud() -> FakeCloud:
    return stocked()


def stocked(**through: Any) -> FakeCloud:
    found = FakeCloud(provider=Models(), **through)
    found.plugins["anthropic"] = found.through(Models())
    found.configure(realtime_chunk_requests=10, in_flight=4, flush_requests=8)
    return found


def create(cloud: FakeCloud, *fallbacks: dict[str, str], **options: Any) -> BatchJob:
    requests = [{"custom_id": prompt, "input": prompt} for prompt in PROMPTS]
    return cloud.create(requests, **{"provider": "openai", "mode": "realtime", "fallbacks": fallbacks, **options})


def models(cloud: FakeCloud) -> Models:
    assert isinstance(cloud.provider, Models)
    return cloud.provider


GONE = [ProviderUnavailable("gone"), BadReply("half an answer"), ProviderThrottled("later")]


@pytest.mark.parametrize("error", GONE)
def test_a_model_that_has_no_answer_is_answered_for(cloud: FakeCloud, error: Exception) -> None:
    models(cloud).down = {"echo-1": error}
    job = cloud.run(create(cloud, {"model": "echo-2"}))
    assert (job.state, job.counts.succeeded, job.counts.failed) == (State.COMPLETED, 10, 0)
    assert [result["output"] for result in cloud.results(job)] == PROMPTS
    assert {result["answered_by"] for result in cloud.results(job)} == {"openai/echo-2"}
    assert sorted(prompt for model, prompt in models(cloud).calls if model == "echo-2") == PROMPTS


def test_another_provider_answers_what_can_be_put_to_it(cloud: FakeCloud) -> None:
    models(cloud).down = {"echo-1": ProviderUnavailable("gone")}
    job = cloud.run(create(cloud, {"provider": "anthropic"}))
    assert {result["answered_by"] for result in cloud.results(job)} == {"anthropic/echo-1"}
    other = cloud.plugins["anthropic"]
    assert sorted(prompt for _, prompt in other.calls) == PROMPTS


def test_what_would_lose_something_stays_with_its_provider(cloud: FakeCloud) -> None:
    models(cloud).down = {"echo-1": ProviderUnavailable("gone")}
    schema = {"response_schema": {"type": "string"}, "repair": False}
    job = cloud.run(create(cloud, {"provider": "anthropic"}, {"model": "echo-2"}, **schema))
    assert cloud.plugins["anthropic"].calls == []
    assert {result["answered_by"] for result in cloud.results(job)} == {"openai/echo-2"}


def test_without_anybody_to_ask_the_reason_is_that_of_the_model(cloud: FakeCloud) -> None:
    models(cloud).trouble = {"prompt 3": ProviderUnavailable("the model is ill")}
    schema = {"response_schema": {}, "repair": False}
    job = cloud.run(create(cloud, {"provider": "anthropic"}, **schema))
    [failed] = [result for result in cloud.results(job) if result["custom_id"] == "prompt 3"]
    assert (failed["error"]["message"], "answered_by" in failed) == ("the model is ill", False)


def test_a_breaker_that_opens_is_in_the_statistics_of_who_was_asked(cloud: FakeCloud) -> None:
    models(cloud).down = {"echo-1": ProviderUnavailable("gone")}
    cloud.run(create(cloud, {"provider": "anthropic"}))
    days = cloud.backend.usage_stats.days("acme", "2026-01-01", "2027-01-01")
    openings = {row.usage_key: row.figures["breaker_openings"] for row in days if row.usage_key}
    assert openings[UsageKey("openai", "echo-1", "realtime")] == 1


def test_only_what_has_no_answer_goes_over(cloud: FakeCloud) -> None:
    models(cloud).trouble = {"prompt 3": ProviderUnavailable("the model is ill")}
    job = cloud.run(create(cloud, {"provider": "anthropic"}))
    assert job.counts.succeeded == 10
    assert [prompt for _, prompt in cloud.plugins["anthropic"].calls] == ["prompt 3"]
    assert [each["custom_id"] for each in cloud.results(job) if "answered_by" in each] == ["prompt 3"]


def test_what_is_refused_does_not_go_over(cloud: FakeCloud) -> None:
    models(cloud).refused = {"prompt 3"}
    job = cloud.run(create(cloud, {"model": "echo-2"}))
    assert (job.counts.succeeded, job.counts.failed) == (9, 1)
    assert {model for model, _ in models(cloud).calls} == {"echo-1"}


def test_each_is_asked_in_turn_and_the_last_ones_reason_is_told(cloud: FakeCloud) -> None:
    models(cloud).trouble = {"prompt 3": ProviderUnavailable("ill")}
    cloud.plugins["anthropic"].trouble = {"prompt 3": ProviderUnavailable("ill as well", "provider_error", "529")}
    job = cloud.run(create(cloud, {"model": "echo-2"}, {"provider": "anthropic"}))
    [failed] = [result for result in cloud.results(job) if result["status"] == "failed"]
    assert (failed["error"]["code"], failed["answered_by"]) == ("529", "anthropic/echo-1")
    tried = [model for model, prompt in models(cloud).calls if prompt == "prompt 3"]
    assert tried == ["echo-1"] * 5 + ["echo-2"] * 5


def test_a_fallback_without_a_key_is_told(cloud: FakeCloud) -> None:
    class Keyless(Models):
        @property
        def account(self) -> str:  # type: ignore[override]
            raise ProviderRefused("no key for anthropic is set")

    cloud.plugins["anthropic"] = Keyless()
    cloud.configure(most_tries=1)
    models(cloud).trouble = {"prompt 3": ProviderUnavailable("ill")}
    job = cloud.run(create(cloud, {"provider": "anthropic"}))
    assert (job.counts.succeeded, job.counts.failed) == (9, 1)
    [failed] = [result for result in cloud.results(job) if result["status"] == "failed"]
    assert failed["error"]["message"] == "no key for anthropic is set"


def test_statistics_and_money_are_for_who_answered(cloud: FakeCloud) -> None:
    models(cloud).trouble = {"prompt 3": ProviderUnavailable("ill")}
    job = cloud.run(create(cloud, {"provider": "anthropic", "model": "echo-9"}))
    found = usage_by_key(cloud.backend.chunks.all(job.ref))
    own, other = UsageKey("openai", "echo-1", "realtime"), UsageKey("anthropic", "echo-9", "realtime")
    assert (found[own]["succeeded"], found[other]["succeeded"]) == (9, 1)
    assert (found[own]["input_tokens"], found[other]["input_tokens"]) == (18, 2)


class TestABreaker:
    """What is asked while a model is known to be down."""

    def test_that_is_open_for_too_long_sends_all_to_the_fallback(self, cloud: FakeCloud) -> None:
        message = dispatched(cloud, create(cloud, {"model": "echo-2"}))
        opened(cloud, seconds=cloud.settings.fallback_after_seconds + 1)
        models(cloud).down = {"echo-1": ProviderUnavailable("gone")}
        assert deliver(cloud, message).settled
        assert [model for model, _ in models(cloud).calls].count("echo-1") == 1
        assert [model for model, _ in models(cloud).calls].count("echo-2") == 10

    def test_that_has_just_opened_is_waited_for(self, cloud: FakeCloud) -> None:
        message = dispatched(cloud, create(cloud, {"model": "echo-2"}))
        opened(cloud, seconds=0)
        assert deliver(cloud, message).again_after
        assert models(cloud).calls == []

    def test_near_the_deadline_it_is_waited_for_less(self, cloud: FakeCloud) -> None:
        soon = (cloud.now + timedelta(seconds=20)).isoformat()
        message = dispatched(cloud, create(cloud, {"model": "echo-2"}, deadline=soon))
        opened(cloud, seconds=11)
        models(cloud).down = {"echo-1": ProviderUnavailable("gone")}
        assert deliver(cloud, message).settled

    def test_without_a_fallback_it_is_waited_for(self, cloud: FakeCloud) -> None:
        message = dispatched(cloud, create(cloud))
        opened(cloud, seconds=300)
        models(cloud).down = {"echo-1": ProviderUnavailable("gone")}
        assert deliver(cloud, message).again_after


def dispatched(cloud: FakeCloud, job: BatchJob) -> WorkChunk:
    """The one message of the job."""
    planned = cloud.machine.plan(job)
    cloud.workflow.waiting.add("token")
    submit(SubmitShard(tenant=job.tenant, job=job.id, shard=planned.shards[0], token="token"), cloud.backend)
    [text] = cloud.work[Priority.NORMAL].messages
    return WorkChunk.model_validate_json(text)


def deliver(cloud: FakeCloud, message: WorkChunk) -> Worked:
    return run_quietly(work(message, cloud.backend, lambda: 280.0), cloud.wait)


def opened(cloud: FakeCloud, seconds: float) -> None:
    """The breaker of the first model opened so many seconds ago."""
    breaker = Breaker(cloud.table, lambda: cloud.now, cloud.settings.probe_seconds)
    breaker.trip(Route("openai", "echo-1", "an-account"))
    cloud.wait(seconds)


def live(fuse: Fuse) -> tuple[FakeCloud, BatchJob]:
    """The life of a batch two of whose requests have to go over, through the fuse."""
    cloud = stocked()
    cloud.configure(max_mishaps=1000, realtime_chunk_requests=5, flush_requests=2, in_flight=2)
    models(cloud).trouble = {"prompt 3": ProviderUnavailable("ill"), "prompt 8": BadReply("half an answer")}
    job = create(cloud, {"provider": "anthropic"})
    cloud.through = fuse.on
    Machine(cloud).settle()
    cloud.through = lambda port: port
    return cloud, cloud.backend.jobs.get(job.ref)


def check(cloud: FakeCloud, job: BatchJob) -> None:
    assert (job.state, job.counts.succeeded, job.counts.failed) == (State.COMPLETED, 10, 0)
    assert [result["output"] for result in cloud.results(job)] == PROMPTS
    assert [each["custom_id"] for each in cloud.results(job) if "answered_by" in each] == ["prompt 3", "prompt 8"]
    assert cloud.backend.jobs.counts(job.ref) == job.counts


CALLS = 135
"""About as many as such a life has; pauses are drawn by lot, so some have fewer."""


@pytest.mark.parametrize("call", range(1, CALLS, 3))
def test_whoever_dies_on_the_way_each_is_answered_once(call: int) -> None:
    fuse = Fuse(call)
    check(*live(fuse))
    assert fuse.crashes == (fuse.calls >= call)  # pauses are drawn by lot, and so is the number of calls
