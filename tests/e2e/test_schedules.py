"""Schedules on the deployed template: made over HTTP, started by the emulated Scheduler, with the command line."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold_client import Fanfold, NotFound
from fanfold_client.models import Run, Schedule
from local.stack import LocalStack
from tests.waiting import until

CHEAP: dict[str, Any] = {"models_to_try": 2, "horizon": 2}


def ran(fanfold: Fanfold, schedule: Schedule, state: str) -> Run:
    """The last run, once there is one that ended so."""

    def found() -> Run | None:
        last = fanfold.schedules.get(schedule.id).last
        return last if last and last.state == state else None

    return until(found)


def put(stack: LocalStack, name: str, body: str) -> None:
    bucket = stack.cloud.outputs["BucketName"]
    key = f"inbox/acme/schedules/{name}"
    stack.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())


def test_a_batch_of_the_files_that_came(fanfold: Fanfold, stack: LocalStack) -> None:
    put(stack, "tickets/today.csv", "text\nred\nblue\n")
    made = fanfold.schedules.batch(
        "tickets", prefix="tickets/", template="Sort: {text}", mode="realtime", expression="rate(1 minute)"
    )
    assert datetime.fromisoformat(made.next_runs[0]) > datetime.fromisoformat(made.created_at)
    run = ran(fanfold, made, "started")
    fanfold.schedules.pause(made.id)
    batch = fanfold.batches.wait(str(run.job))
    assert (batch.state, batch.progress.succeeded) == ("completed", 2)
    assert {each.job_state for each in fanfold.schedules.get(made.id).runs if each.job == run.job} == {"completed"}
    bucket = stack.cloud.outputs["BucketName"]
    kept = stack.cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix="inbox/acme/schedules/tickets/")
    assert kept["KeyCount"] == 1
    fanfold.schedules.delete(made.id)


def test_a_file_that_did_not_come_is_its_last_outcome(fanfold: Fanfold) -> None:
    made = fanfold.schedules.batch("late", prefix="late/{date}/", template="{text}", expression="rate(1 minute)")
    run = ran(fanfold, made, "missing")
    assert f"inbox/acme/schedules/late/{datetime.now(UTC):%Y-}" in str(run.detail)
    fanfold.schedules.delete(made.id)
    with pytest.raises(NotFound):
        fanfold.schedules.get(made.id)


def test_a_portfolio_is_forecast_anew(fanfold: Fanfold) -> None:
    series = [
        {"name": "a", "values": list(range(24)), "dates": [f"{2020 + n // 12}-{n % 12 + 1:02d}-01" for n in range(24)]}
    ]
    first = fanfold.forecasts.wait(fanfold.forecasts.create(series, **CHEAP).id)
    made = fanfold.schedules.retrain(first.id, expression="rate(1 minute)")
    run = ran(fanfold, made, "started")
    assert fanfold.forecasts.wait(str(run.job)).edition_of == first.id
    until(lambda: fanfold.forecasts.get(first.id).current)
    fanfold.forecasts.end_schedule(first.id)
    assert made.id not in {each.id for each in fanfold.schedules.list()}


def test_a_forecast_of_a_file_by_a_calendar(fanfold: Fanfold) -> None:
    start = datetime.now(UTC) + timedelta(days=1)
    made = fanfold.schedules.forecast(
        "sales", prefix="sales/{year}-{month}.csv", every=1, unit="quarters", starts_at=start.isoformat(), **CHEAP
    )
    assert len(made.next_runs) == 5
    changed = fanfold.schedules.change(made.id, expression="cron(0 6 L * ? *)", timezone="Europe/Berlin")
    assert (changed.expression, changed.every) == ("cron(0 6 L * ? *)", None)
    assert fanfold.schedules.pause(made.id).next_runs == []
    assert fanfold.schedules.resume(made.id).next_runs == changed.next_runs
    fanfold.schedules.delete(made.id)


def test_the_command(stack: LocalStack) -> None:
    environ = os.environ | {"FANFOLD_URL": stack.url, "FANFOLD_KEY": stack.issue_key("acme")}

    def run(*arguments: str) -> Any:
        command = [sys.executable, "-m", "fanfold_command", "schedules", *arguments]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    made = run(
        *("batch", "nightly", "--prefix", "n/{date}", "--template", "{text}"),
        *("--cron", "0 6 ? * 2#1 *", "--timezone", "Asia/Tokyo", "--json"),
    )
    assert made["timezone"] == "Asia/Tokyo"
    assert made["id"] in run("list")
    run("change", made["id"], "--every", "2", "weeks")
    assert run("show", made["id"], "--json")["expression"] == "rate(14 days)"
    run("pause", made["id"])
    run("resume", made["id"])
    run("runs", made["id"])
    run("delete", made["id"])
