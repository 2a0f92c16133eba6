"""Quotas, audit logs and the end of a tenant, on the deployed template with its permissions."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from fanfold_client import Fanfold, Refused, Throttled, Unauthorized
from fanfold_command.tenants import delete_tenant, export_tenant
from local.stack import LocalStack
from tests.waiting import until

INPUTS: list[Any] = [{"input": "What is a queue?", "custom_id": "a"}, {"input": "What is a stack?", "custom_id": "b"}]
SERIES = [{"name": "boots", "values": list(range(24))}]
Do = Callable[..., Any]


@pytest.fixture
def do(stack: LocalStack) -> Do:
    """What the operator's command does."""

    def invoke(command: str, **given: Any) -> Any:
        return stack.invoke("Admin", {"command": command} | given)

    return invoke


def client(stack: LocalStack, key: str) -> Fanfold:
    return Fanfold(stack.url, key, timeout=300, pause=lambda _: None)


def test_quotas_hold_for_batches_forecasts_and_writing(stack: LocalStack, do: Do) -> None:
    with client(stack, stack.issue_key("small")) as fanfold:
        do("set_quotas", tenant="small", quotas={"open_jobs": 1, "requests_per_day": 3, "models": ["openai/*"]})
        first = fanfold.batches.create(INPUTS)
        with pytest.raises(Throttled, match="1 open jobs"):
            fanfold.forecasts.create(SERIES, horizon=3)
        fanfold.batches.wait(first.id)
        with pytest.raises(Throttled, match="3 requests a day"):
            fanfold.batches.create(INPUTS)
        with pytest.raises(Unauthorized, match="does not let you ask anthropic"):
            fanfold.batches.create(INPUTS[:1], provider="anthropic")
        with pytest.raises(Unauthorized, match="does not let you ask anthropic"):
            fanfold.sessions.create(name="x", provider="anthropic")
        used = fanfold.account.usage()
        assert (used.requests_per_day.used, used.open_jobs.used, used.open_jobs.limit) == (2, 0, 1)
        fanfold.batches.wait(fanfold.batches.create(INPUTS[:1]).id)
        do("set_quotas", tenant="small", quotas={"open_jobs": None, "series_per_day": 5})
        fanfold.forecasts.wait(fanfold.forecasts.create(SERIES, horizon=3).id)
        assert fanfold.account.usage().series_per_day.used == 1


def test_a_plan_refuses_what_an_upload_has_too_many_of(stack: LocalStack, do: Do, tmp_path: Path) -> None:
    with client(stack, stack.issue_key("uploads")) as fanfold:
        do("set_quotas", tenant="uploads", quotas={"requests_per_day": 3})
        (file := tmp_path / "many.jsonl").write_text('{"input": "a"}\n' * 4)
        ended = fanfold.batches.wait(fanfold.batches.create(file).id)
        assert (ended.state, "3 requests a day" in (ended.error or "")) == ("failed", True)


def test_calls_a_minute_are_limited(stack: LocalStack, do: Do) -> None:
    headers = {"Authorization": f"Bearer {stack.issue_key('busy')}"}
    do("set_quotas", tenant="busy", quotas={"calls_per_minute": 1})
    answers = [httpx.get(f"{stack.url}/v1/usage", headers=headers, timeout=300) for _ in range(6)]
    refused = next(each for each in answers if each.status_code == 429)
    assert (refused.json()["code"], int(refused.headers["retry-after"]) > 0) == ("quota_exceeded", True)


def test_the_audit_log_tells_who_did_what_from_where(stack: LocalStack, do: Do) -> None:
    with client(stack, stack.issue_key("watched")) as fanfold:
        reader = fanfold.keys.create("reader", "viewer")
        made = fanfold.batches.create(INPUTS)
        fanfold.batches.wait(made.id)
        with client(stack, reader.key or "") as viewer, pytest.raises(Unauthorized):
            viewer.batches.cancel(made.id)
        stack.cloud.client("s3").put_object(
            Bucket=stack.cloud.outputs["BucketName"], Key="inbox/watched/batches/a.jsonl", Body=b'{"input": "a"}\n'
        )
        until(lambda: any(each.who == "drop" for each in fanfold.account.audit()))
        with pytest.raises(Refused):
            fanfold.batches.create([])
        told = {(each.who, each.what, each.status) for each in fanfold.account.audit()}
        owner = fanfold.keys.list()[0].id
        assert {
            ("operator", "create_tenant", 200),
            (owner, "POST /v1/keys", 201),
            (owner, "POST /v1/batches", 202),
            (owner, "POST /v1/batches", 400),
            (reader.id, "POST /v1/batches/{job}/cancel", 403),
        } <= told
        (entry,) = (each for each in fanfold.account.audit() if each.status == 202)
        assert (entry.source, entry.made) == ("127.0.0.1", f"/v1/batches/{made.id}")


def test_the_stream_of_job_events_is_not_cut_short(stack: LocalStack) -> None:
    headers = {"Authorization": f"Bearer {stack.issue_key('watched')}"}
    for stream, status in (("jobs", 403), ("app", 200)):
        answer = httpx.put(
            f"{stack.url}/v1/logs/streams/{stream}", json={"retention_days": 1}, headers=headers, timeout=300
        )
        assert answer.status_code == status


def everything(stack: LocalStack, tenant: str) -> list[str]:
    """Keys of all items, objects and secrets of a tenant."""
    dynamodb, s3 = stack.cloud.client("dynamodb"), stack.cloud.client("s3")
    found = []
    for table in ("TableName", "JournalTableName"):
        for page in dynamodb.get_paginator("scan").paginate(TableName=stack.cloud.outputs[table]):
            found += [f"{item['pk']['S']} {item['sk']['S']}" for item in page["Items"]]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=stack.cloud.outputs["BucketName"]):
        found += [each["Key"] for each in page.get("Contents", [])]
    found += [each["Name"] for each in stack.cloud.client("secretsmanager").list_secrets()["SecretList"]]
    schedules = stack.cloud.client("scheduler").list_schedules()["Schedules"]
    found += [each.get("Target", {}).get("Input", "") + each["Name"] for each in schedules]
    return [each for each in found if tenant in each and not each.startswith("RECEIPTS")]


def test_a_tenant_is_exported_and_deleted_with_everything_of_theirs(stack: LocalStack, do: Do, tmp_path: Path) -> None:
    key = stack.issue_key("goner")
    with client(stack, key) as fanfold:
        fanfold.batches.wait(fanfold.batches.create(INPUTS).id)
        forecast = fanfold.forecasts.create(SERIES, horizon=3).id
        fanfold.forecasts.wait(forecast)
        fanfold.forecasts.schedule(forecast, 7, "days")
        session = fanfold.sessions.create(name="style").id
        fanfold.jobs.wait(fanfold.sessions.train(session, "The harbour wakes. " * 40).id)
        fanfold.logs.write(gzip.compress(b'{"message": "here", "stream": "app"}'))
        do("set_provider_key", tenant="goner", provider="openai", key="sk-goner")
        stack.cloud.client("s3").put_object(
            Bucket=stack.cloud.outputs["BucketName"], Key="inbox/goner/batches/a.jsonl", Body=b'{"input": "a"}\n'
        )
        until(lambda: len([batch for batch in fanfold.batches.list() if batch.state == "completed"]) == 2)
    export_tenant(do, "goner", tmp_path / "goner")
    items = [json.loads(line) for line in (tmp_path / "goner/items.jsonl").read_text().splitlines()]
    assert {"TENANT", "META"} <= {item["sk"] for item in items}
    assert (tmp_path / "goner/objects/inbox/goner/batches/a.jsonl").read_bytes() == b'{"input": "a"}\n'
    assert (tmp_path / "goner/journal.jsonl").exists()
    assert any("goner" in each for each in everything(stack, "goner"))
    receipt = delete_tenant(do, "goner")
    until(lambda: everything(stack, "goner") == [] or None)
    assert (receipt["tenant"], receipt["provider_keys"], receipt["jobs"] >= 3) == ("goner", ["openai"], True)
    assert "goner" not in {each["name"] for each in do("list_tenants")["tenants"]}
    with client(stack, key) as fanfold, pytest.raises(Unauthorized):
        fanfold.account.usage()
