"""Every handler of schedules with its golden event: a schedule that is made, waits for a file, and makes a batch."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fanfold.jobs.job import JobRef, State
from fanfold.wiring import batches, entrance, schedules
from tests.fakes.moto_stack import RUN_SCHEDULE, Stack, client
from tests.integration.conftest import golden

Invoke = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
AT = golden("schedules.run")["at"]


def asked(method: str, path: str, body: Any = None) -> dict[str, Any]:
    """The API's golden event, with another question."""
    event = golden("schedules.api") | {"rawPath": path, "body": None if body is None else json.dumps(body)}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return event


def made(invoke: Invoke) -> dict[str, Any]:
    answer = invoke("schedules.api")
    assert answer["statusCode"] == 201
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def due(invoke: Invoke, schedule: dict[str, Any], at: str = AT) -> Any:
    return invoke("schedules.run", golden("schedules.run") | {"schedule": schedule["id"], "at": at})


def test_it_is_put_into_scheduler(invoke: Invoke, stack: Stack) -> None:
    schedule = made(invoke)
    found = client("scheduler").get_schedule(Name=schedule["id"], GroupName=stack.schedules)
    assert (found["ScheduleExpression"], found["ScheduleExpressionTimezone"]) == (
        "cron(0 6 ? * MON-FRI *)",
        "Europe/Berlin",
    )
    assert found["Target"]["Arn"] == RUN_SCHEDULE
    assert len(schedule["next_runs"]) == 5


def test_a_file_that_is_not_there_and_one_that_is(invoke: Invoke, stack: Stack) -> None:
    entrance.tenants().create("acme")
    schedule = made(invoke)
    assert due(invoke, schedule)["state"] == "missing"
    key = "inbox/acme/schedules/tickets/2026-12-01.csv"
    client("s3").put_object(Bucket=stack.bucket, Key=key, Body=b"text\nred\n")
    (first, again) = [due(invoke, schedule, "2026-12-01T05:00:00Z") for _ in range(2)]
    assert first == again
    job = batches.batches().jobs.get(JobRef(tenant="acme", job=first["job"]))
    assert (job.state, job.key_id, job.options.name) == (State.ACCEPTED, "schedule", "daily tickets")
    shown = json.loads(invoke("schedules.api", asked("GET", f"/v1/schedules/{schedule['id']}"))["body"])
    assert [run["state"] for run in shown["runs"]] == ["started", "missing"]
    assert shown["last"]["job_state"] == "accepted"


def test_it_is_steered(invoke: Invoke, stack: Stack) -> None:
    path = f"/v1/schedules/{made(invoke)['id']}"
    assert json.loads(invoke("schedules.api", asked("POST", f"{path}/pause"))["body"])["state"] == "paused"
    assert invoke("schedules.api", asked("POST", f"{path}/resume"))["statusCode"] == 200
    refused = invoke("schedules.api", asked("PATCH", path, {"expression": "cron(0 6 * * *)"}))
    assert (refused["statusCode"], json.loads(refused["body"])["errors"][0]["field"]) == (400, "expression")
    assert invoke("schedules.api", asked("PATCH", path, {"every": 1, "unit": "quarters"}))["statusCode"] == 200
    assert len(json.loads(invoke("schedules.api", asked("GET", "/v1/schedules"))["body"])["schedules"]) == 1
    assert invoke("schedules.api", asked("DELETE", path))["statusCode"] == 200
    assert invoke("schedules.api", asked("GET", path))["statusCode"] == 404
    assert client("scheduler").list_schedules(GroupName=stack.schedules)["Schedules"] == []


def test_one_that_is_gone_takes_itself_away(invoke: Invoke) -> None:
    assert invoke("schedules.run") == {}
    assert not list(schedules.schedules().store.all("acme"))
