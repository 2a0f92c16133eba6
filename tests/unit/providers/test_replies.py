"""Whatever comes for a request ends that request, with what came, and touches no other."""

import json
from random import Random
from typing import Any

import pytest

from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.result import Result
from fanfold.jobs.job import State
from fanfold.providers import Finish, Outcome, Status
from tests.fakes.cloud import FakeCloud
from tests.fakes.provider import MemoryProvider
from tests.fakes.replies import NAMES, line, mutated, reader

MUTATIONS = 300
by_name = pytest.mark.parametrize("name", NAMES)


class Replying(MemoryProvider):
    """A provider in memory whose results are read from lines as those of a real one are."""

    def __init__(self, name: str, odd: dict[int, bytes]) -> None:
        super().__init__()
        self._name, self._odd = name, odd

    def outcomes(self, batch: Any) -> Any:
        for place, each in enumerate(self.batches[batch.id][1]):
            yield reader(self._name)(self._odd.get(place) or json.dumps(line(self._name, each["id"])).encode())

    def ids(self) -> list[str]:
        return [each["id"] for _, lines in self.batches.values() for each in lines]


def ran(name: str, requests: int, odd: dict[int, Any]) -> tuple[BatchJob, list[bytes]]:
    """A batch whose requests in these places get these lines: bytes, or a change of the provider's reply."""
    cloud = FakeCloud(provider=(provider := Replying(name, {})))
    job = cloud.create([{"input": f"p{n}", "custom_id": f"id-{n}"} for n in range(requests)])
    cloud.configure(chunk_requests=1000)
    provider.on_the_way = lambda outcomes: outcomes
    made = provider.create

    def create(*args: Any) -> str:
        id = made(*args)
        for place, of in odd.items():
            provider._odd[place] = of(provider.ids()[place])
        return id

    provider.create = create  # type: ignore[assignment, method-assign]
    job = cloud.run(job)
    return job, cloud.blobs.get(job.ref.folder + "results.jsonl").splitlines()


@by_name
def test_mutated_lines_raise_nothing_and_keep_what_came(name: str) -> None:
    random = Random(name)
    for n in range(MUTATIONS):
        came = mutated(name, f"0-{n}-abcdef01", random)
        outcome = reader(name)(came)
        assert Outcome.model_validate_json(outcome.model_dump_json())
        assert outcome.id in (f"0-{n}-abcdef01", "")
        if outcome.status is Status.FAILED:
            assert outcome.error
            assert outcome.error.received or outcome.error.message
            assert len(outcome.error.received or "") <= 1024


@by_name
def test_neighbours_of_mutated_lines_are_the_same_to_the_byte(name: str) -> None:
    random = Random(name)
    odd = {place: lambda id: mutated(name, id, random) for place in range(0, 120, 2)}
    (job, results), (_, clean) = ran(name, 120, odd), ran(name, 120, {})
    assert job.state is State.COMPLETED
    assert results[1::2] == clean[1::2]
    assert [json.loads(each)["custom_id"] for each in results] == [f"id-{n}" for n in range(120)]
    assert all(Result.model_validate_json(each) for each in results)


def outcome(name: str, **changes: Any) -> Outcome:
    return reader(name)(json.dumps(line(name, "0-7-x", **changes)).encode())


EMPTY: dict[str, dict[str, Any]] = {
    "openai": {"choices": []},
    "anthropic": {"content": None},
    "gemini": {"candidates": []},
}
UNCOUNTED: dict[str, dict[str, Any]] = {
    "openai": {"usage": {"prompt_tokens": None, "completion_tokens": None}},
    "anthropic": {"usage": None},
    "gemini": {"usageMetadata": {"promptTokenCount": "many"}},
}


@by_name
def test_a_reply_without_an_answer_is_bad_and_kept(name: str) -> None:
    found = outcome(name, **EMPTY[name])
    assert found.error
    assert (found.id, found.status, found.error.kind, found.error.status) == (
        "0-7-x",
        Status.FAILED,
        "bad_reply",
        200,
    )
    assert "0-7-x" in (found.error.received or "")
    assert found.usage.output_tokens == 3  # it was paid for


@by_name
def test_an_answer_whose_tokens_nobody_tells_is_kept(name: str) -> None:
    found = outcome(name, **UNCOUNTED[name])
    assert (found.status, found.output, found.usage.uncounted) == (Status.SUCCEEDED, "fine", 1)


@by_name
def test_an_answer_that_is_nested_too_deeply_to_keep_is_kept_as_text(name: str) -> None:
    deep: Any = "deep"
    for _ in range(400):
        deep = [deep]
    found = outcome(name, extra=deep)
    assert (found.output, found.response) == ("fine", None)
    assert Outcome.model_validate_json(found.model_dump_json()) == found


@by_name
def test_an_error_where_an_answer_should_be_is_told(name: str) -> None:
    found = outcome(name, error={"message": "boom", "type": "server_error", "code": "E1"})
    assert (found.status, found.error and found.error.message) == (Status.FAILED, "boom")


@by_name
def test_a_line_that_is_cut_ends_the_request_that_it_names(name: str) -> None:
    whole = json.dumps(line(name, "0-7-x")).encode()
    found = reader(name)(whole[:-20])
    assert found.error
    assert (found.id, found.error.kind) == ("0-7-x", "bad_reply")
    assert reader(name)(b"<html>Bad gateway</html>").id == ""


OPENAI: list[tuple[int, Any, tuple[str, int | None, str | None, str]]] = [
    (502, "upstream connect error", ("provider_error", 502, None, "upstream connect")),
    (500, None, ("provider_error", 500, None, "HTTP 500")),
    (400, {"error": "context window"}, ("invalid_request", 400, None, "context")),
    (429, {"error": {"code": "slow", "message": "later"}}, ("rate_limited", 429, "slow", "later")),
    (200, {"error": {"message": "boom"}}, ("provider_error", 200, None, "boom")),
    (200, None, ("bad_reply", None, None, "can't be read")),
]


@pytest.mark.parametrize(("status", "body", "told"), OPENAI)
def test_openais_statuses_types_and_messages_are_kept(
    status: int, body: Any, told: tuple[str, int | None, str | None, str]
) -> None:
    response = {"status_code": status, "body": body}
    found = reader("openai")(json.dumps({"custom_id": "0-7-x", "response": response, "error": None}).encode())
    assert found.error
    assert (found.error.kind, found.error.status, found.error.code) == told[:3]
    assert told[3] in found.error.message


def test_an_answer_that_is_cut_to_nothing_is_one() -> None:
    choice = {"index": 0, "message": {"content": None}, "finish_reason": "length"}
    found = outcome("openai", choices=[choice])
    assert (found.status, found.output, found.finish_reason) == (Status.SUCCEEDED, None, Finish.LENGTH)


@pytest.mark.parametrize("choice", [{"message": None}, {"message": "text"}, None, 3, {}])
def test_a_choice_without_a_message_is_a_bad_reply(choice: Any) -> None:
    found = outcome("openai", choices=[choice])
    assert found.error
    assert found.error.kind == "bad_reply"


def test_a_request_that_no_line_names_is_told_of_the_nameless_ones() -> None:
    odd = {1: lambda id: b"<html>Bad gateway</html>"}
    job, results = ran("openai", 3, odd)
    error = json.loads(results[1])["error"]
    assert (job.state, error["kind"], error["received"]) == (State.COMPLETED, "missing", "<html>Bad gateway</html>")
    assert "1 of its lines" in error["message"]
