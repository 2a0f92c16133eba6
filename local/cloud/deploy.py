"""Deploys a SAM template into a running cloud: package, transform, create or update, complete."""

import hashlib
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud.check import check
from local.cloud.fixups import complete
from local.cloud.packages import pack, pack_layer
from local.cloud.template import Packages, Template, code_folders, expand, read

REGION = "us-east-1"
ACCOUNT = "000000000000"
WAIT_SECONDS = 120


class DeployFailed(Exception):
    """The stack did not come up; the message holds CloudFormation's reasons."""


@dataclass(frozen=True)
class Deployed:
    """A stack that is up."""

    outputs: dict[str, str]
    resources: dict[str, str]
    """Logical to physical ids."""
    api_urls: dict[str, str]
    """Base URL of each HTTP API, by logical id."""


@dataclass(frozen=True)
class Endpoint:
    """A running cloud, as boto3 reaches it."""

    url: str
    region: str = REGION

    def client(self, service: str) -> Any:
        """A boto3 client; one per service and endpoint."""
        return _client(service, self.url, self.region)


@cache
def _client(service: str, url: str, region: str) -> Any:
    return boto3.session.Session().client(
        service,  # type: ignore[call-overload]
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, max_pool_connections=32),
    )


def deploy(template: Path, endpoint: str, parameters: dict[str, str] | None = None, stack: str = "fanfold") -> Deployed:
    """Create the stack, or update it in place; calling twice changes nothing.

    Raises `TemplateError` for what AWS would refuse or the emulator would ignore, `DeployFailed` for what
    went wrong on the way.
    """
    given = parameters or {}
    check(template, given, REGION)
    source, cloud = read(template), Endpoint(endpoint)
    packages = _upload(source, cloud, f"{stack}-artifacts-{ACCOUNT}")
    expanded = expand(source, packages, given, REGION)
    _apply(cloud, stack, _put_template(cloud, stack, expanded), given)
    physical = _physical_ids(cloud, stack)
    complete(_with_values(expanded["Resources"], expanded, given), physical, cloud.client)
    apis = [name for name, resource in expanded["Resources"].items() if resource["Type"] == "AWS::ApiGatewayV2::Api"]
    urls = {name: f"{endpoint}/_aws/execute-api/{physical[name]}" for name in apis}
    return Deployed(_outputs(cloud, stack), physical, urls)


def _upload(source: Template, cloud: Endpoint, bucket: str) -> Packages:
    cloud.client("s3").create_bucket(Bucket=bucket)
    code = {uri: _put(cloud, bucket, pack(source.folder / uri)) for uri in code_folders(source)}
    layers = source.of_type("AWS::Serverless::LayerVersion")
    folders = {name: source.folder / str(layer["Properties"]["ContentUri"]) for name, layer in layers.items()}
    return Packages(code, {name: _put(cloud, bucket, pack_layer(folder)) for name, folder in folders.items()})


def _put(cloud: Endpoint, bucket: str, package: bytes) -> str:
    key = f"{hashlib.sha256(package).hexdigest()}.zip"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=package)
    return f"s3://{bucket}/{key}"


def _put_template(cloud: Endpoint, stack: str, expanded: dict[str, Any]) -> str:
    """The template's URL: as a body it could hold 51,200 bytes, as an object a megabyte."""
    bucket, key = f"{stack}-artifacts-{ACCOUNT}", "template.yaml"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=yaml.safe_dump(_plain(expanded)).encode())
    return f"{cloud.url}/{bucket}/{key}"


def _apply(cloud: Endpoint, stack: str, url: str, parameters: dict[str, str]) -> None:
    client = cloud.client("cloudformation")
    call = client.update_stack if _status(client, stack) else client.create_stack
    try:
        call(
            StackName=stack,
            TemplateURL=url,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        if "No updates are to be performed" not in error.response["Error"]["Message"]:
            raise
    _wait(client, stack)


def _wait(client: Any, stack: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while (status := _status(client, stack)).endswith("_IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise DeployFailed(f"{stack}: still {status} after {WAIT_SECONDS} s")
        time.sleep(0.05)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeployFailed(f"{stack}: {status}\n{_reasons(client, stack)}")


def _status(client: Any, stack: str) -> str:
    """The stack's status; empty when there is no such stack."""
    try:
        return str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return ""


def _reasons(client: Any, stack: str) -> str:
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "\n".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)


def _outputs(cloud: Endpoint, stack: str) -> dict[str, str]:
    described = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _physical_ids(cloud: Endpoint, stack: str) -> dict[str, str]:
    pages = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [summary for page in pages for summary in page["StackResourceSummaries"]]
    return {summary["LogicalResourceId"]: summary["PhysicalResourceId"] for summary in found}


NOTHING = {"Ref": "AWS::NoValue"}


def _with_values(part: Any, expanded: dict[str, Any], given: dict[str, str]) -> Any:
    """A part of the template with each `Ref` to a parameter, and each `Fn::If`, replaced by what it comes to."""
    if isinstance(part, dict) and part.get("Ref") in expanded.get("Parameters", {}):
        return given.get(part["Ref"], expanded["Parameters"][part["Ref"]].get("Default"))
    if isinstance(part, dict) and part.keys() == {"Fn::If"}:
        condition, yes, no = part["Fn::If"]
        return _with_values(yes if _holds({"Condition": condition}, expanded, given) else no, expanded, given)
    if isinstance(part, dict):
        inner = ((name, _with_values(value, expanded, given)) for name, value in part.items())
        return {name: value for name, value in inner if value != NOTHING}
    return [_with_values(inner, expanded, given) for inner in part] if isinstance(part, list) else part


def _holds(rule: dict[str, Any], expanded: dict[str, Any], given: dict[str, str]) -> bool:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html"""
    ((kind, operands),) = rule.items()
    if kind == "Condition":
        return _holds(expanded["Conditions"][operands], expanded, given)
    if kind == "Fn::Equals":
        left, right = (_with_values(each, expanded, given) for each in operands)
        return bool(left == right)
    held = [_holds(each, expanded, given) for each in operands]
    return {"Fn::Not": not held[0], "Fn::And": all(held), "Fn::Or": any(held)}[kind]


def _plain(value: Any) -> Any:
    """The translator's own dict and str classes as plain ones, which YAML can write."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
