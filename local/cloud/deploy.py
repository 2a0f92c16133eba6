"""Deploys a SAM template into a running cloud: package, transform, create or update, complete."""

import hashlib
import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud.check import check_expanded
from local.cloud.conditions import with_values
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
    bucket = f"{stack}-artifacts-{ACCOUNT}"
    source, cloud = read(template), Endpoint(endpoint)
    code, layers = _packed(source)
    given = _released(source, parameters or {}, {*code.values(), *layers.values()})
    expanded = expand(source, Packages(_addresses(bucket, code), _addresses(bucket, layers)), given, REGION)
    check_expanded(source, expanded, given)
    cloud.client("s3").create_bucket(Bucket=bucket)
    for package in {*code.values(), *layers.values()}:
        cloud.client("s3").put_object(Bucket=bucket, Key=_key(package), Body=package)
    new = not _status(cloud.client("cloudformation"), stack)
    _apply(cloud, stack, _put_template(cloud, bucket, expanded), given)
    physical = _physical_ids(cloud, stack)
    complete(with_values(expanded["Resources"], expanded, given), physical, cloud.client, new=new)
    apis = [name for name, resource in expanded["Resources"].items() if resource["Type"] == "AWS::ApiGatewayV2::Api"]
    urls = {name: f"{endpoint}/_aws/execute-api/{physical[name]}" for name in apis}
    return Deployed(_outputs(cloud, stack), physical, urls)


def _released(source: Template, parameters: dict[str, str], packages: set[bytes]) -> dict[str, str]:
    """The parameters, with the hash of what is deployed if the template asks for it, as `make deploy` gives it."""
    if "Release" not in source.body.get("Parameters", {}):
        return parameters
    what = repr((sorted(parameters.items()), sorted(map(_key, packages))))
    return parameters | {"Release": hashlib.sha256(what.encode()).hexdigest()}


def _packed(source: Template) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Zips of the code, by CodeUri, and of the layers, by logical id."""
    layers = source.of_type("AWS::Serverless::LayerVersion")
    folders = {name: source.folder / str(layer["Properties"]["ContentUri"]) for name, layer in layers.items()}
    code = {uri: pack(source.folder / uri) for uri in code_folders(source)}
    return code, {name: pack_layer(folder) for name, folder in folders.items()}


def _addresses(bucket: str, packages: dict[str, bytes]) -> dict[str, str]:
    return {name: f"s3://{bucket}/{_key(package)}" for name, package in packages.items()}


def _key(package: bytes) -> str:
    return f"{hashlib.sha256(package).hexdigest()}.zip"


def _put_template(cloud: Endpoint, bucket: str, expanded: dict[str, Any]) -> str:
    """The template's URL: as a body it could hold 51,200 bytes, as an object a megabyte."""
    cloud.client("s3").put_object(Bucket=bucket, Key="template.json", Body=json.dumps(expanded).encode())
    return f"{cloud.url}/{bucket}/template.json"


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
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack)
    failed = [event for page in pages for event in page["StackEvents"] if event["ResourceStatus"].endswith("_FAILED")]
    return "\n".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)


def _outputs(cloud: Endpoint, stack: str) -> dict[str, str]:
    described = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _physical_ids(cloud: Endpoint, stack: str) -> dict[str, str]:
    pages = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [summary for page in pages for summary in page["StackResourceSummaries"]]
    return {summary["LogicalResourceId"]: summary["PhysicalResourceId"] for summary in found}
