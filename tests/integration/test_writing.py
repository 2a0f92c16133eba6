"""The handlers of writing with their golden events: a session is opened, trained, and writes, on moto's resources.

The golden events tell one story: acme opens a session; train and write are the first steps of its two executions.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fanfold.errors import Contended
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.store import Jobs
from fanfold.wiring import health, jobs
from fanfold.wiring import writing as wiring
from fanfold.writing.job import WritingJob
from fanfold.writing.sessions import Sessions
from tests.fakes.moto_stack import Stack, client
from tests.integration.conftest import golden

Invoke = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
TRAIN, WRITE = golden("writing.train"), golden("writing.write")
TEXT = "# How we write\n\nPlain words, short sentences. " * 250


@pytest.fixture
def session(invoke: Invoke) -> str:
    answer = invoke("writing.api")
    assert answer["statusCode"] == 201
    return str(json.loads(answer["body"])["id"])


@pytest.fixture
def ask(invoke: Invoke, session: str) -> Callable[..., tuple[int, Any, dict[str, Any]]]:
    """Call a route of the session's API; status, body and headers of the answer."""

    def call(method: str, path: str, body: Any = None, **headers: Any) -> tuple[int, Any, dict[str, Any]]:
        event = golden("writing.api")
        path, _, query = path.replace("{session}", session).partition("?")
        event |= {
            "rawPath": path,
            "rawQueryString": query,
            "body": json.dumps(body),
        }
        event["queryStringParameters"] = dict(part.split("=") for part in query.split("&") if part)
        event["requestContext"]["http"] |= {"method": method, "path": path}
        event["headers"] |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
        answer = invoke("writing.api", event)
        text = answer["body"]
        return answer["statusCode"], json.loads(text) if text else None, answer.get("headers", {})

    return call


def job(event: dict[str, Any]) -> WritingJob:
    return wiring.writing().jobs.get(JobRef(tenant="acme", job=event["job"]))


def started(stack: Stack) -> dict[str, Any]:
    """Inputs of the executions of `writing` by their names."""
    states = client("stepfunctions")
    found = states.list_executions(stateMachineArn=stack.writing)["executions"]
    described = (states.describe_execution(executionArn=each["executionArn"]) for each in found)
    return {each["name"]: json.loads(each["input"]) for each in described}


def trained(ask: Callable[..., Any], invoke: Invoke) -> None:
    status, receipt, headers = ask(
        "POST", "/v1/sessions/{session}/train", {"text": TEXT}, Idempotency_Key="golden-train"
    )
    assert (status, receipt["id"], headers["Location"]) == (202, TRAIN["job"], f"../../jobs/{TRAIN['job']}")
    assert invoke("writing.train") == {"id": TRAIN["job"], "state": "completed"}


def test_the_whole_story(ask: Callable[..., Any], invoke: Invoke, stack: Stack) -> None:
    assert ask("POST", "/v1/sessions/{session}/generate", {"topic": "x", "words": 100})[0] == 409
    trained(ask, invoke)
    assert started(stack)[f"{TRAIN['job']}-1"]["task"] == "train"
    body = {"topic": "The harbour", "words": 400, "outline": [{"title": "One"}, {"title": "Two"}], "format": "html"}
    assert ask("POST", "/v1/sessions/{session}/generate", body, Idempotency_Key="golden-write")[0] == 202
    plan = invoke("writing.write")
    assert (plan["first"], plan["rest"]) == ([1], [2])
    status, shown, headers = ask("GET", f"/v1/jobs/{WRITE['job']}")
    assert (status, shown["state"], shown["percent"]) == (200, "generating", 0)
    assert headers["Retry-After"] == "2"
    assert ask("GET", f"/v1/jobs/{WRITE['job']}", If_None_Match=headers["ETag"])[0] == 304
    for number in (1, 2):
        assert invoke("writing.write", WRITE | {"step": "section", "section": number})["words"] > 150
    assert ask("GET", f"/v1/jobs/{WRITE['job']}", If_None_Match=headers["ETag"])[0] == 200
    sections = ask("GET", f"/v1/jobs/{WRITE['job']}/text")[1]["sections"]
    assert all(each["text"] for each in sections)
    for step in ("stitch", "render"):
        invoke("writing.write", WRITE | {"step": step})
    done = job(WRITE)
    assert (done.state, done.notes) == (State.COMPLETED, ())
    assert abs(done.words - 400) <= 40
    status, link, _ = ask("GET", f"/v1/results/{WRITE['job']}", Accept="application/json")
    assert status == 200
    assert f"{WRITE['job']}.html" in link["url"]
    assert ask("GET", f"/v1/results/{WRITE['job']}?format=odt")[0] == 400
    assert len(ask("GET", "/v1/jobs")[1]["jobs"]) == len(ask("GET", "/v1/sessions/{session}/history")[1]["jobs"]) == 2
    view = ask("GET", "/v1/sessions/{session}")[1]
    assert (view["state"], view["jobs"]) == ("trained", 2)
    assert view["tokens"]["cached"] > 0
    assert invoke("jobs.sweep")["writing"]["open"] == 0


def test_a_failed_step_is_told_to_halt(ask: Callable[..., Any], invoke: Invoke) -> None:
    trained(ask, invoke)
    body = {"topic": "The harbour", "words": 100}
    ask("POST", "/v1/sessions/{session}/generate", body, Idempotency_Key="golden-write")
    failure = {"Error": "ProviderRefused", "Cause": json.dumps({"errorMessage": "no such model"})}
    assert invoke("writing.write", WRITE | {"step": "halt", "failure": failure}) == {"state": "failed"}
    assert ask("GET", f"/v1/jobs/{WRITE['job']}")[1]["error"] == "no such model"


def test_a_session_is_listed_changed_reset_and_deleted(ask: Callable[..., Any], invoke: Invoke, stack: Stack) -> None:
    trained(ask, invoke)
    assert ask("PATCH", "/v1/sessions/{session}", {"name": "new"})[1]["name"] == "new"
    assert ask("PATCH", "/v1/sessions/{session}", {"colour": "red"})[0] == 400
    assert ask("PATCH", "/v1/sessions/{session}/profile", {"style": {"voice": "v"}})[1]["style"]["voice"] == "v"
    assert ask("GET", "/v1/sessions/{session}/profile")[1]["edited"] is True
    assert len(ask("GET", "/v1/sessions/{session}/documents")[1]["documents"]) == 1
    upload = ask("POST", "/v1/sessions/{session}/uploads", {"filename": "a.pdf"})
    assert (upload[0], upload[1]["max_bytes"]) == (201, 32 * 1024 * 1024)
    assert ask("POST", "/v1/sessions/{session}/uploads", {"filename": "a.exe"})[0] == 400
    assert ask("POST", "/v1/sessions/{session}/reset")[1]["state"] == "new"
    listed = ask("GET", "/v1/sessions")[1]["sessions"]
    assert [each["name"] for each in listed] == ["new"]
    assert ask("DELETE", "/v1/sessions/{session}")[0] == 202
    assert ask("GET", "/v1/sessions/{session}")[0] == 404
    removals = [each for each in started(stack).values() if each["task"] == "remove"]
    assert len(removals) == 2
    command = {"step": "remove", "tenant": "acme", "job": listed[0]["id"], "upto": 2, "last": True}
    assert invoke("writing.write", command) == {"state": "removed"}
    assert wiring.writing().sessions.count() == 0
    assert client("s3").list_objects_v2(Bucket=stack.bucket).get("Contents", []) == []


def test_a_job_is_cancelled(ask: Callable[..., Any], invoke: Invoke) -> None:
    trained(ask, invoke)
    body = {"topic": "The harbour", "words": 100}
    ask("POST", "/v1/sessions/{session}/generate", body, Idempotency_Key="golden-write")
    assert ask("POST", f"/v1/jobs/{WRITE['job']}/cancel")[1]["state"] == "cancelled"
    assert ask("POST", f"/v1/jobs/{TRAIN['job']}/cancel")[0] == 409
    assert ask("GET", f"/v1/results/{WRITE['job']}")[0] == 409
    assert ask("GET", f"/v1/jobs/{TRAIN['job']}/text")[0] == 409


def test_an_error_of_one_kind_stops_no_other_sweep(
    invoke: Invoke, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise RuntimeError("no batches today")

    monkeypatch.setattr(jobs, "batches", broken)
    swept: list[Any] = []
    monkeypatch.setattr(Jobs, "open", lambda *given: swept.append(1) or iter(()))  # type: ignore[func-returns-value]
    with pytest.raises(ExceptionGroup, match="not swept: batches"):
        invoke("jobs.sweep")
    assert swept


def test_who_meets_others_at_the_same_item_is_asked_to_come_again(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def contended(*given: Any) -> bool:
        raise Contended("another transaction has it")

    monkeypatch.setattr(Sessions, "touch", contended)
    status, problem, headers = ask("POST", "/v1/sessions/{session}/train", {"text": TEXT})
    assert (status, problem["title"], headers["Retry-After"]) == (429, "Too much at once", "1")


def test_health_counts_what_is_active(invoke: Invoke, ask: Callable[..., Any]) -> None:
    ask("POST", "/v1/sessions/{session}/train", {"text": TEXT}, Idempotency_Key="golden-train")
    found = health.health("acme")
    assert (found.active_sessions, found.active_jobs) == (1, 1)
    assert found.checks["writing"].ok
    assert found.checks["forecasts"].ok
