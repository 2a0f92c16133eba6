"""`fanfold doctor`: what it finds, and what it says to do."""

import json
from pathlib import Path
from typing import Any

import httpx

from fanfold_client.profiles import Profile, config_path, write
from fanfold_command.doctor import deployment
from tests.unit.client.conftest import Run
from tests.unit.client.service import API, KEY, Service


def wrong(out: str) -> dict[str, str]:
    """What is not well: name and advice."""
    rows = [line.split("\t") for line in out.splitlines()]
    return {name: todo for ok, name, _, todo in rows if ok == "wrong"}


def test_it_finds_what_the_service_says_is_broken(run: Run) -> None:
    ran = run("doctor")
    assert ran.code == 1
    assert list(wrong(ran.out)) == ["bucket"]


def test_all_is_well(run: Run, service: Service) -> None:
    well = {"status": "ok", "version": "0.1.0", "checks": {"table": {"ok": True}}}
    service.faults = [httpx.Response(200, json=well), httpx.Response(200, json=well)]
    ran = run("doctor", "--json", "ok,name")
    assert ran.code == 0
    assert [each["name"] for each in json.loads(ran.out)] == [
        "configuration",
        "URL",
        "key",
        "service",
        "access",
        "table",
    ]


def test_a_configuration_that_others_can_read_is_wrong(run: Run, environ: dict[str, str]) -> None:
    path = config_path(environ)
    write(path, "work", Profile(url=API, key=KEY))
    path.chmod(0o644)
    assert wrong(run("doctor").out)["configuration"] == f"chmod 600 {path}"


def test_no_profile_is_one_finding(run: Run, environ: dict[str, str]) -> None:
    del environ["FANFOLD_URL"]
    ran = run("doctor")
    assert list(wrong(ran.out)) == ["profile"]
    assert "fanfold login" in ran.out


def test_url_and_key_are_looked_at(run: Run, environ: dict[str, str], service: Service) -> None:
    environ |= {"FANFOLD_URL": "http://far.test", "FANFOLD_KEY": "ff_acme_short"}
    alive = {"status": "ok", "version": "7.0.0"}
    service.faults = [httpx.Response(200, json=alive)]
    assert list(wrong(run("doctor").out)) == ["URL", "key", "service", "access"]
    del environ["FANFOLD_KEY"]
    assert "fanfold login" in wrong(run("doctor").out)["key"]


def test_a_service_that_is_not_there_is_one_finding(run: Run, service: Service) -> None:
    service.faults = [httpx.ConnectError("refused")] * 9
    assert "ApiUrl" in wrong(run("doctor").out)["service"]


class Aws:
    """A deployment in which everything is wrong; each call answers what boto3 would."""

    def __call__(self, service: str) -> "Aws":
        return self

    def __getattr__(self, call: str) -> Any:
        return lambda **asked: ANSWERS[call]

    def get_paginator(self, call: str) -> "Aws":
        return self

    def paginate(self, **asked: Any) -> list[Any]:
        return [{"StackResourceSummaries": [dict(zip(NAMES, each, strict=True)) for each in RESOURCES]}]


NAMES = ("LogicalResourceId", "ResourceType", "PhysicalResourceId")
RESOURCES = [
    ("StartQueue", "AWS::SQS::Queue", "q"),
    ("StartDeadLetters", "AWS::SQS::Queue", "d"),
    ("BatchMachine", "AWS::StepFunctions::StateMachine", "m"),
    ("StartFunction", "AWS::Lambda::Function", "f"),
    ("ProviderKeys", "AWS::SecretsManager::Secret", "s"),
    ("Table", "AWS::DynamoDB::Table", "t"),
    ("ApiFails", "AWS::CloudWatch::Alarm", "a"),
    ("SweepFails", "AWS::CloudWatch::Alarm", "gone"),
    ("AlarmTopic", "AWS::SNS::Topic", "arn:topic"),
    ("FunctionLogs", "AWS::Logs::LogGroup", "/fanfold"),
    ("StartFunctionAliaslive", "AWS::Lambda::Alias", "arn:aws:x:f:live"),
]
ANSWERS: dict[str, Any] = {
    "describe_stacks": {
        "Stacks": [
            {
                "StackStatus": "UPDATE_ROLLBACK_COMPLETE",
                "Outputs": [],
                "Parameters": [{"ParameterKey": "Settings", "ParameterValue": "{}"}],
            }
        ]
    },
    "describe_alarms": {"MetricAlarms": [{"AlarmName": "a", "StateValue": "ALARM"}]},
    "list_subscriptions_by_topic": {
        "Subscriptions": [{"Endpoint": "ops@example.com", "SubscriptionArn": "PendingConfirmation"}]
    },
    "describe_log_groups": {"logGroups": [{"logGroupName": "/fanfold-2"}, {"logGroupName": "/fanfold"}]},
    "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 10}},
    "get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": "2"}},
    "describe_state_machine": {"status": "DELETING"},
    "get_function_configuration": {"State": "Failed", "StateReason": "no layer"},
    "list_event_source_mappings": {"EventSourceMappings": [{"State": "Disabled", "FunctionArn": "arn:aws:x:f"}]},
    "get_secret_value": {"SecretString": '{"openai": ""}'},
}


def test_everything_that_can_be_wrong_with_a_deployment_is_named() -> None:
    found = list(deployment.findings(Profile(url=API), Aws()))
    assert [each.name for each in found if not each.ok] == [
        "stack",
        "outputs",
        "StartDeadLetters",
        "BatchMachine",
        "StartFunction",
        "f",
        "ProviderKeys",
        "StartFunction",
        "StartFunction",
        "ApiFails",
        "SweepFails",
        "AlarmTopic",
        "FunctionLogs",
    ]
    assert all(each.todo for each in found if not each.ok)
    assert [each.name for each in found if each.ok] == ["StartQueue", "functions", "settings", "alarms", "quota"]
    assert "10 executions of Lambda at a time, 80 are of use; ask AWS" in found[-1].seen


def test_an_emulated_deployment_that_is_down_is_a_finding(tmp_path: Path) -> None:
    (found,) = deployment.findings(Profile(url=API, aws_endpoint="http://127.0.0.1:1"))
    assert (found.ok, found.name) == (False, "stack")
