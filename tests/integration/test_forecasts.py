"""Every handler of forecasts with its golden event: one portfolio from the POST to its exports."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fanfold.errors import Superseded
from fanfold.forecasts.job import ForecastJob, retrain_schedule
from fanfold.jobs.job import JobRef, State
from fanfold.wiring import forecasts as wiring
from tests.fakes.moto_stack import RUN_SCHEDULE, Stack, client
from tests.integration.conftest import golden

Invoke = Callable[..., Any]
REF = JobRef(tenant="acme", job=golden("forecasts.gather")["job"])
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


def job() -> ForecastJob:
    return wiring.forecasts().jobs.get(REF)


def reach(invoke: Invoke, *steps: str) -> Any:
    return [invoke(f"forecasts.{step}") for step in steps][-1]


def asked(method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """The API's golden event, with another question."""
    event = golden("forecasts.api")
    event |= {"rawPath": path}
    event |= {"body": None if body is None else json.dumps(body), **more}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return event


def test_a_post_is_accepted_and_starts_the_execution(invoke: Invoke, stack: Stack) -> None:
    answer = reach(invoke, "api")
    assert answer["statusCode"] == 202
    assert json.loads(answer["body"])["id"] == REF.job
    (execution,) = client("stepfunctions").list_executions(stateMachineArn=stack.forecasts)["executions"]
    assert execution["name"] == job().execution_name


def test_the_story_ends_with_exports(invoke: Invoke) -> None:
    planned = invoke("forecasts.api") and invoke("forecasts.plan")
    assert planned["manifest"] == f"{REF.folder}manifest.jsonl"
    assert reach(invoke, "fit") == {}
    assert reach(invoke, "gather") == {"job": REF.job, "state": "completed"}
    assert (job().state, job().counts.succeeded) == (State.COMPLETED, 2)
    shown = invoke("forecasts.api", asked("GET", f"/v1/forecasts/{REF.job}/series/axle 7"))
    assert json.loads(shown["body"])["name"] == "axle 7"
    export = invoke("forecasts.api", asked("GET", f"/v1/forecasts/{REF.job}/exports/erp"))
    assert json.loads(export["body"])["url"] if export["statusCode"] == 200 else export["headers"]["Location"]


def test_a_chunk_that_broke_is_settled_with_the_reason(invoke: Invoke) -> None:
    reach(invoke, "api", "plan")
    failure = {"Error": "Sandbox.Timedout", "Cause": json.dumps({"errorMessage": "out of time"})}
    invoke("forecasts.fit", golden("forecasts.fit") | {"failure": failure})
    reach(invoke, "gather")
    assert job().counts.failed == 2


def test_a_step_out_of_turn_is_told_by_the_name_of_its_error(invoke: Invoke) -> None:
    reach(invoke, "api")
    with pytest.raises(Superseded):
        reach(invoke, "fit")


def test_an_ended_execution_and_the_sweeper_reach_forecasts(invoke: Invoke, stack: Stack) -> None:
    reach(invoke, "api")
    event = golden("jobs.halt")
    ended = {
        "stateMachineArn": stack.forecasts,
        "executionArn": f"{stack.forecasts.replace(':stateMachine:', ':execution:')}:{REF.job}-1",
        "status": "TIMED_OUT",
        "input": json.dumps(golden("forecasts.plan")["input"]),
    }
    invoke("jobs.halt", event | {"detail": event["detail"] | ended})
    assert (job().run, job().mishaps) == (2, 1)
    assert invoke("jobs.sweep")["forecasts"]["open"] == 1


def test_observations_and_a_schedule(invoke: Invoke, stack: Stack) -> None:
    reach(invoke, "api", "plan", "fit", "gather")
    path = f"/v1/forecasts/{REF.job}"
    body = {"observations": [{"series": "boots", "date": "2026-01-01", "value": 1}]}
    assert json.loads(invoke("forecasts.api", asked("POST", f"{path}/observations", body))["body"])["kept"] == 1
    listed = json.loads(invoke("forecasts.api", asked("GET", f"{path}/observations"))["body"])
    taken = invoke("forecasts.api", asked("DELETE", f"{path}/observations/{listed['posts'][0]['id']}"))
    assert (listed["posts"][0]["observations"], json.loads(taken["body"])["kept"]) == (1, 0)
    monthly = {"every": 1, "unit": "months"}
    assert invoke("forecasts.api", asked("PUT", f"{path}/schedule", monthly))["statusCode"] == 200
    assert invoke("forecasts.api", asked("PUT", f"{path}/schedule", {"every": 1}))["statusCode"] == 200
    schedules = client("scheduler").list_schedules(GroupName=stack.schedules)["Schedules"]
    assert [each["Name"] for each in schedules] == [retrain_schedule(job()).id]
    assert schedules[0]["Target"]["Arn"] == RUN_SCHEDULE
    assert invoke("forecasts.api", asked("DELETE", path))["statusCode"] == 202
    assert client("scheduler").list_schedules(GroupName=stack.schedules)["Schedules"] == []


def test_a_deleted_forecast_is_removed_by_the_sweeper(invoke: Invoke, stack: Stack) -> None:
    reach(invoke, "api")
    assert invoke("forecasts.api", asked("DELETE", f"/v1/forecasts/{REF.job}"))["statusCode"] == 202
    swept = invoke("jobs.sweep")["forecasts"]
    assert (swept["open"], swept["removed"], swept["failed_items"]) == (1, 1, 0)
    assert invoke("forecasts.api", asked("GET", f"/v1/forecasts/{REF.job}"))["statusCode"] == 404


def test_observations_come_from_a_queue_and_from_a_topic(invoke: Invoke) -> None:
    reach(invoke, "api", "plan", "fit", "gather")
    queued, topical = golden("forecasts.observe"), golden("forecasts.observe.kafka")
    assert invoke("forecasts.observe", queued) == {"batchItemFailures": []}
    assert invoke("forecasts.observe", topical) == {"batchItemFailures": []}
    assert invoke("forecasts.observe", queued) == {"batchItemFailures": []}
    assert job().observed == 2


def test_an_observation_that_cannot_be_taken_is_put_aside_with_the_reason(invoke: Invoke, stack: Stack) -> None:
    reach(invoke, "api", "plan", "fit", "gather")
    event = golden("forecasts.observe")
    event["Records"][0]["body"] = event["Records"][0]["body"].replace("boots", "bots")
    invoke("forecasts.observe", event)
    (refused,) = client("sqs").receive_message(QueueUrl=stack.refused)["Messages"]
    assert "the forecast has no series 'bots'" in json.loads(refused["Body"])["reason"]
    assert job().observed == 0
