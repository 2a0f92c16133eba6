"""What CloudFormation sets on AWS and the emulator's leaves out, set by API calls after the deployment."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

Clients = Callable[[str], Any]
Properties = dict[str, Any]


ACCOUNT_CONCURRENCY, LEFT = 1_000, 100
"""An account's concurrency, and what of it no reservation may take; a new account has 10, and can't reserve any."""


class Overdrawn(ValueError):
    """More concurrency is reserved than the account has to spare."""


def complete(
    resources: dict[str, Any],
    physical: dict[str, str],
    clients: Clients,
    concurrency: int = ACCOUNT_CONCURRENCY,
    *,
    new: bool = False,
) -> None:
    """Set what is missing on every resource of an expanded template; `physical` maps logical to physical ids.

    In a stack that is `new` there is nothing to take back. Raises Overdrawn as Lambda would, for an account of that
    concurrency.
    """
    check_concurrency(resources, concurrency)
    for name, resource in resources.items():
        fix, properties = _FIXES.get(resource["Type"]), resource.get("Properties", {})
        if fix and name in physical and not (new and _SET_BY[resource["Type"]] not in properties):
            fix(clients, physical[name], properties)


def check_concurrency(resources: dict[str, Any], concurrency: int = ACCOUNT_CONCURRENCY) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html. Raises Overdrawn."""
    asked = (each.get("Properties", {}).get("ReservedConcurrentExecutions") for each in resources.values())
    reserved, left = sum(int(each) for each in asked if each), min(LEFT, concurrency)
    if reserved and concurrency - reserved < left:
        raise Overdrawn(
            f"functions reserve {reserved}: that decreases the account's unreserved concurrency of {concurrency} "
            f"below its minimum of {left}"
        )


def _time_to_live(clients: Clients, table: str, properties: Properties) -> None:
    wanted = properties.get("TimeToLiveSpecification")
    if not wanted:
        return
    client = clients("dynamodb")
    if client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
        client.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)


def _reserved_concurrency(clients: Clients, function: str, properties: Properties) -> None:
    reserved = properties.get("ReservedConcurrentExecutions")
    client = clients("lambda")
    if reserved is None:
        client.delete_function_concurrency(FunctionName=function)
    else:
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=int(reserved))


def _lifecycle(clients: Clients, bucket: str, properties: Properties) -> None:
    rules = properties.get("LifecycleConfiguration", {}).get("Rules", [])
    client = clients("s3")
    if rules:
        configuration = {"Rules": [_lifecycle_rule(rule) for rule in rules]}
        client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=configuration)
        return
    try:
        client.delete_bucket_lifecycle(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise


def _lifecycle_rule(rule: Properties) -> Properties:
    made: Properties = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        made["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    for key in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if key in rule:
            made[key] = {name: int(days) for name, days in rule[key].items()}
    return made


_FIXES: dict[str, Callable[[Clients, str, Properties], None]] = {
    "AWS::DynamoDB::Table": _time_to_live,
    "AWS::Lambda::Function": _reserved_concurrency,
    "AWS::S3::Bucket": _lifecycle,
}
_SET_BY = {
    "AWS::DynamoDB::Table": "TimeToLiveSpecification",
    "AWS::Lambda::Function": "ReservedConcurrentExecutions",
    "AWS::S3::Bucket": "LifecycleConfiguration",
}
