"""The deployment: the stack, its queues, its state machine, its functions, the providers' keys."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from fanfold_client.profiles import Profile
from fanfold_command.doctor import watching
from fanfold_command.doctor.finding import Finding, ill, well
from fanfold_command.doctor.watching import Clients, Resource, of_type

OUTPUTS = ("ApiUrl", "BucketName", "TableName", "BatchMachineArn", "AdminFunctionName")
RECENT = 100
"""Executions that are looked at."""
Look = Callable[[], Iterator[Finding]]


def findings(profile: Profile, client: Clients | None = None) -> Iterator[Finding]:
    """What AWS says of the stack, through boto3's clients by service."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError

        from fanfold_command.doctor.aws import clients
    except ImportError:
        yield ill("AWS", "boto3 is not installed", "pip install 'fanfold[aws]'")
        return
    client = client or clients(profile)
    try:
        stack = client("cloudformation").describe_stacks(StackName=profile.stack)["Stacks"][0]
        yield from _stack(stack, profile)
        resources = list(_resources(client, profile.stack))
    except (BotoCoreError, ClientError) as error:
        yield ill("stack", str(error), "name the stack with --stack; check AWS_PROFILE and the region")
        return
    for name, look in _looks(client, resources, stack).items():
        try:
            yield from look()
        except (BotoCoreError, ClientError) as error:
            yield ill(name, str(error), "your AWS credentials may not see this")


def _looks(client: Clients, resources: list[Resource], stack: dict[str, Any]) -> dict[str, Look]:
    """What is looked at, by name."""
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", ())}
    return {
        "queues": lambda: _queues(client, resources),
        "machines": lambda: _machines(client, resources),
        "functions": lambda: _functions(client, resources),
        "secrets": lambda: _secrets(client, resources),
        "settings": lambda: watching.settings(client, resources, given),
        "alarms": lambda: watching.alarms(client, resources),
        "logs": lambda: watching.logs(client, resources),
        "quota": lambda: watching.quotas(client, given),
    }


def _stack(stack: dict[str, Any], profile: Profile) -> Iterator[Finding]:
    status, name = stack["StackStatus"], profile.stack
    if status.endswith("_COMPLETE") and "ROLLBACK" not in status:
        yield well("stack", f"{name} is {status}")
    else:
        yield ill("stack", f"{name} is {status}", "look at its events in CloudFormation, then deploy again")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
    if missing := [each for each in OUTPUTS if each not in outputs]:
        yield ill("outputs", f"missing: {', '.join(missing)}", "deploy this version's template")
    elif not profile.aws_endpoint and outputs["ApiUrl"].rstrip("/") != profile.url:
        yield ill("outputs", f"ApiUrl is {outputs['ApiUrl']}, not the profile's URL", "is it the right stack?")
    else:
        yield well("outputs", "all there")


def _resources(client: Clients, stack: str) -> Iterator[Resource]:
    for page in client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack):
        for each in page["StackResourceSummaries"]:
            yield Resource(each["LogicalResourceId"], each["ResourceType"], each.get("PhysicalResourceId", ""))


def _queues(client: Clients, resources: list[Resource]) -> Iterator[Finding]:
    for queue in of_type("AWS::SQS::Queue", resources):
        asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = client("sqs").get_queue_attributes(QueueUrl=queue.id, AttributeNames=asked)["Attributes"]
        waiting, under_way = (int(found.get(name, 0)) for name in asked)
        if waiting and "DeadLetter" in queue.name:
            todo = "read them for the reason, put it right, then redrive them (SQS console: Start DLQ redrive)"
            yield ill(queue.name, f"{waiting} dead letters", todo)
        else:
            yield well(queue.name, f"{waiting} waiting, {under_way} under way")


def _machines(client: Clients, resources: list[Resource]) -> Iterator[Finding]:
    for machine in of_type("AWS::StepFunctions::StateMachine", resources):
        status = client("stepfunctions").describe_state_machine(stateMachineArn=machine.id).get("status", "ACTIVE")
        if status != "ACTIVE":
            yield ill(machine.name, f"it is {status}", "deploy again")
            continue
        asked = {"stateMachineArn": machine.id, "statusFilter": "RUNNING", "maxResults": RECENT}
        running = len(client("stepfunctions").list_executions(**asked)["executions"])
        yield well(machine.name, f"active, {running}{'+' if running == RECENT else ''} running")


def _functions(client: Clients, resources: list[Resource]) -> Iterator[Finding]:
    functions = of_type("AWS::Lambda::Function", resources)
    for function in functions:
        found = client("lambda").get_function_configuration(FunctionName=function.id)
        if found.get("State", "Active") not in ("Active", "Inactive"):
            seen = f"it is {found['State']}: {found.get('StateReason', '')}"
            yield ill(function.name, seen, "look at the function in the console; deploy again")
    yield well("functions", f"{len(functions)} looked at")
    idle = [each for each in client("lambda").list_event_source_mappings()["EventSourceMappings"] if _stopped(each)]
    ours = {function.id for function in functions}
    for each in idle:
        if (name := each["FunctionArn"].rpartition(":")[2]) in ours:
            yield ill(name, f"its queue's mapping is {each['State']}", "enable the mapping: nothing is taken in")


def _secrets(client: Clients, resources: list[Resource]) -> Iterator[Finding]:
    for secret in of_type("AWS::SecretsManager::Secret", resources):
        text = client("secretsmanager").get_secret_value(SecretId=secret.id).get("SecretString", "")
        try:
            keys = {str(name): bool(key) for name, key in json.loads(text).items()}
        except (ValueError, AttributeError):
            yield ill(secret.name, "it is not JSON by provider", 'write {"openai": "sk-…"} into it')
            continue
        if there := [name for name, key in keys.items() if key]:
            yield well(secret.name, f"has keys for {', '.join(there)}")
        else:
            yield ill(secret.name, "it has no provider's key", 'write {"openai": "sk-…"} into it')


def _stopped(mapping: dict[str, Any]) -> bool:
    return mapping.get("State", "Enabled") in ("Disabled", "Disabling")
