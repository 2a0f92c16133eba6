"""The resources of template.yaml, made in moto: as the template has them, so that the two can't drift apart."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
REGION = "eu-central-1"
ACCOUNT = "123456789012"
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 86400, "End": True}}}
"""In place of `forecast`: moto refuses the real one's fan-out."""
FUNCTION = "AWS::Serverless::Function"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"
RUN_SCHEDULE = "arn:aws:lambda:eu-central-1:123456789012:function:fanfold-RunScheduleFunction"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
}


@cache
def client(service: str) -> Any:
    """A client that is good in any `deployed()`; making one takes longer than most tests."""
    make: Any = boto3.client
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return make(service, region_name=REGION, **keys)


@dataclass(frozen=True)
class Stack:
    """A deployment's names."""

    table: str = "fanfold-table"
    journal: str = "fanfold-journal"
    bucket: str = "fanfold-bucket"
    work: str = ""
    refused: str = ""
    machine: str = ""
    writing: str = ""
    """The state machine `writing`."""
    forecasts: str = ""
    schedules: str = "fanfold-forecasts"
    secret: str = "fanfold-keys"

    @property
    def environment(self) -> dict[str, str]:
        """Names of everything, for tests that arrange or look without a function."""
        return {
            "TABLE_NAME": self.table,
            "JOURNAL_TABLE_NAME": self.journal,
            "BUCKET_NAME": self.bucket,
            "START_FUNCTION": "start",
            "EXPORT_FUNCTION": "prepare",
            "JOURNAL_EXPORT_FUNCTION": "export",
            "REMOVAL_FUNCTION": "remove",
            "HIGH_WORK_QUEUE_URL": self.work,
            "NORMAL_WORK_QUEUE_URL": self.work,
            "LOW_WORK_QUEUE_URL": self.work,
            "REFUSED_OBSERVATIONS_QUEUE_URL": self.refused,
            "BATCH_MACHINE_ARN": self.machine,
            "WRITING_MACHINE_ARN": self.writing,
            "FORECAST_MACHINE_ARN": self.forecasts,
            "SCHEDULE_GROUP": self.schedules,
            "SCHEDULE_ROLE_ARN": ROLE,
            "SCHEDULE_FUNCTION_ARN": RUN_SCHEDULE,
            "PROVIDER_KEYS_SECRET": self.secret,
            "TENANT_KEYS_PREFIX": "fanfold/provider-keys/",
            "POWERTOOLS_SERVICE_NAME": "fanfold",
            "DEPLOYMENT": "fanfold",
        }

    def variables(self, handler: str) -> dict[str, str]:
        """What the template gives to the function of this handler, such as `jobs.sweep.handler`."""
        given = _everywhere() | _own_variables(handler)
        return {name: self._resolved(name, value) for name, value in given.items()}

    def _resolved(self, name: str, value: Any) -> str:
        """The variable's value here: a resource's name in moto, a parameter's default, or the text itself."""
        if name in self.environment:
            return self.environment[name]
        parameter = value.get("Ref") if isinstance(value, dict) else None
        return str(_template()["Parameters"][parameter]["Default"] if parameter else value)

    def execution(self, name: str) -> str:
        """The ARN of the execution of that name."""
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}"


@contextmanager
def deployed(*, executing: bool = False, definition: dict[str, Any] | None = None) -> Iterator[Stack]:
    """The stack, for a while. State machines run only if `executing`; `definition` takes the place of `batch`."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": executing}}):
        table(Stack.table)
        table(Stack.journal, "JournalTable")
        bucket(Stack.bucket)
        secret = {"Name": Stack.secret, "SecretString": json.dumps({"openai": "sk-test", "anthropic": "sk-test"})}
        client("secretsmanager").create_secret(**secret)
        client("scheduler").create_schedule_group(Name=Stack.schedules)
        yield Stack(
            work=queue("NormalWorkQueue"),
            refused=queue("ObservationsDeadLetters"),
            machine=machine(definition or batch_machine()),
            writing=machine(defined("WritingMachine"), "fanfold-writing"),
            forecasts=machine(WAITING, "fanfold-forecast"),
        )


def table(name: str, logical_id: str = "Table") -> None:
    """A table, with its keys and indexes."""
    wanted = properties(logical_id)
    kept = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    client("dynamodb").create_table(TableName=name, **{each: wanted[each] for each in kept})


def bucket(name: str) -> None:
    """A bucket of the deployment's region."""
    client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})


def queue(logical_id: str) -> str:
    """The queue's URL."""
    timeout = properties(logical_id)["VisibilityTimeout"]
    timeout = str(_template()["Parameters"][timeout["Ref"]]["Default"] if isinstance(timeout, dict) else timeout)
    made = client("sqs").create_queue(QueueName=logical_id, Attributes={"VisibilityTimeout": timeout})
    url: str = made["QueueUrl"]
    return url


def machine(definition: dict[str, Any], name: str = "fanfold-batch") -> str:
    """The state machine's ARN."""
    made = client("stepfunctions").create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    arn: str = made["stateMachineArn"]
    return arn


def batch_machine() -> dict[str, Any]:
    """The definition of `batch`, with an ARN for each of its functions."""
    return defined("BatchMachine")


def defined(logical_id: str) -> dict[str, Any]:
    """The definition of a state machine, with an ARN for each of its functions."""
    definition: dict[str, Any] = json.loads(_definition(logical_id))
    return definition


@cache
def _definition(logical_id: str) -> str:
    """As JSON: to read the YAML takes longer than most tests."""
    text = (ROOT / properties(logical_id)["DefinitionUri"]).read_text().replace("${Partition}", "aws")
    return json.dumps(yaml.safe_load(re.sub(r"\$\{(\w+)\}", rf"arn:aws:lambda:{REGION}:{ACCOUNT}:function:\1", text)))


def properties(logical_id: str) -> dict[str, Any]:
    """A resource's properties, as template.yaml has them."""
    found: dict[str, Any] = _template()["Resources"][logical_id]["Properties"]
    return found


def given_somewhere() -> set[str]:
    """Every variable that the template gives to some function."""
    functions = (it["Properties"] for it in _template()["Resources"].values() if it["Type"] == FUNCTION)
    return set(_everywhere()).union(*(_variables(each) for each in functions))


def _everywhere() -> dict[str, Any]:
    found = _variables(_template()["Globals"]["Function"])
    return {name: value for name, value in found.items() if not (isinstance(value, dict) and "Fn::If" in value)}


def _own_variables(handler: str) -> dict[str, Any]:
    functions = (it["Properties"] for it in _template()["Resources"].values() if it["Type"] == FUNCTION)
    found = [_variables(each) for each in functions if each["Handler"] == handler]
    return {name: value for name, value in found[0].items() if all(name in each for each in found)}


def _variables(function: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return found


@cache
def _template() -> dict[str, Any]:
    template: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return template
