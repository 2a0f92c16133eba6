"""Drafts, pauses, cancellations, retries and removals over HTTP, on the deployed template."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from local.stack import LocalStack
from tests.waiting import until

State = dict[str, Any]
LONGEST = 800
"""Seconds: a submit that finds another under way is tried again after 10 s, 15 s, … 114 s."""


class Caller:
    """Somebody with a key and curl."""

    def __init__(self, stack: LocalStack) -> None:
        headers = {"Authorization": f"Bearer {stack.issue_key('life')}"}
        self._http = httpx.Client(base_url=stack.url, headers=headers, timeout=300)

    def close(self) -> None:
        self._http.close()

    def post(self, path: str, body: Any = None, status: int = 202) -> State:
        answer = self._http.post(f"/v1/batches{path}", json=body)
        assert answer.status_code == status, answer.text
        found: State = answer.json()
        return found

    def get(self, path: str) -> httpx.Response:
        return self._http.get(f"/v1/batches{path}")

    def until(self, id: str, *states: str) -> State:
        def reached() -> State | None:
            job = self.get(f"/{id}").json()
            return job if job.get("state") in states else None

        return until(reached, LONGEST)

    def until_gone(self, id: str) -> None:
        until(lambda: self.get(f"/{id}").status_code == 404)

    def delete(self, id: str) -> None:
        assert self._http.delete(f"/v1/batches/{id}").status_code == 202

    def patch(self, id: str, body: Any) -> httpx.Response:
        return self._http.patch(f"/v1/batches/{id}", json=body)


@pytest.fixture(scope="module")
def caller(stack: LocalStack) -> Iterator[Caller]:
    made = Caller(stack)
    yield made
    made.close()


@pytest.fixture
def stuck(stack: LocalStack) -> Iterator[LocalStack]:
    """A provider whose batches do not end by themselves."""
    assert stack.provider
    stack.provider.fault("stuck", where="batches.create")
    yield stack
    stack.provider.clear_faults()


def test_a_draft_is_filled_and_processed(caller: Caller) -> None:
    id = caller.post("", {"draft": True, "name": "drafted", "tags": ["t"]})["id"]
    caller.post(f"/{id}/requests", {"requests": [{"input": "Say hello"}]})
    caller.post(f"/{id}/requests", {"requests": [{"input": "Say goodbye"}]})
    assert caller.patch(id, {"description": "two parts"}).json()["state"] == "draft"
    caller.post(f"/{id}/process")
    assert caller.until(id, "completed")["progress"]["succeeded"] == 2
    assert caller.patch(id, {"model": "gpt-4o"}).status_code == 409


def test_a_batch_is_called_back_from_its_provider(caller: Caller, stuck: LocalStack) -> None:
    id = caller.post("", {"requests": [{"input": "Say hello"}]})["id"]
    caller.until(id, "running")
    caller.post(f"/{id}/cancel")
    job = caller.until(id, "cancelled")
    assert job["progress"]["failed"] == 1


def test_a_cancelled_batch_is_retried(caller: Caller, stuck: LocalStack) -> None:
    id = caller.post("", {"requests": [{"input": "Say hello"}]})["id"]
    caller.until(id, "running")
    caller.post(f"/{id}/cancel")
    caller.until(id, "cancelled")
    assert stuck.provider
    stuck.provider.clear_faults()
    caller.post(f"/{id}/retry")
    assert caller.until(id, "completed")["tokens"] == caller.get(f"/{id}").json()["tokens"]


def test_a_paused_batch_waits_and_goes_on(caller: Caller, stuck: LocalStack) -> None:
    id = caller.post("", {"requests": [{"input": "Say hello"}]})["id"]
    caller.until(id, "running")
    caller.post(f"/{id}/pause")
    assert caller.until(id, "paused", "failed")["state"] == "paused"
    assert caller.post(f"/{id}/resume")["state"] == "running"
    caller.post(f"/{id}/cancel")
    caller.until(id, "cancelled")


def test_a_deleted_batch_leaves_nothing(caller: Caller, stack: LocalStack) -> None:
    id = caller.post("", {"requests": [{"input": "Say hello"}]})["id"]
    caller.until(id, "completed")
    caller.delete(id)
    caller.until_gone(id)
    bucket = stack.cloud.outputs["BucketName"]
    left = stack.cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"jobs/life/{id}/")
    assert left["KeyCount"] == 0
    items = stack.cloud.client("dynamodb").scan(TableName=stack.cloud.outputs["TableName"])["Items"]
    assert [item["pk"]["S"] for item in items if id in item["pk"]["S"]] == []


def test_no_origin_may_call_that_was_not_allowed(stack: LocalStack) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    refused = httpx.options(f"{stack.url}/v1/batches", headers=asked)
    assert "access-control-allow-origin" not in refused.headers
    assert refused.status_code == HTTPStatus.FORBIDDEN
