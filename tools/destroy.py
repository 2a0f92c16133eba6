"""Deletes a stage with everything of it: objects, secrets of tenants, schedules, logs, the stack.

make destroy STAGE=dev REGION=eu-central-1
"""

from typing import Any

import boto3
import click

from tools.stages import asked_where, stages


class Account:
    """The account's clients in a region."""

    def __init__(self, region: str) -> None:
        self._region = region

    def client(self, service: str) -> Any:
        made: Any = boto3.client
        return made(service, region_name=self._region)


def destroy(stack: str, account: Account) -> list[str]:
    """Delete the stack and what it leaves behind; what was deleted. What is gone already stops nothing."""
    resources = _resources(stack, account)
    gone = [_emptied(id, account) for kind, id in resources if kind == "AWS::S3::Bucket"]
    for kind, id in resources:
        if kind == "AWS::DynamoDB::Table":
            account.client("dynamodb").update_table(TableName=id, DeletionProtectionEnabled=False)
    cloudformation = account.client("cloudformation")
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)
    return [*gone, f"the stack {stack}", *_forgotten_secrets(stack, account), *_forgotten_logs(stack, account)]


def _resources(stack: str, account: Account) -> list[tuple[str, str]]:
    pages = account.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [each for page in pages for each in page["StackResourceSummaries"]]
    return [(each["ResourceType"], each["PhysicalResourceId"]) for each in found if each.get("PhysicalResourceId")]


def _emptied(bucket: str, account: Account) -> str:
    s3, count = account.client("s3"), 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        every = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if found := [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in every]:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True})
        count += len(found)
    return f"{count:,} objects of {bucket}"


def _forgotten_secrets(stack: str, account: Account) -> list[str]:
    """Tenants' own provider keys, which are made by name and no part of the stack."""
    secrets, prefix = account.client("secretsmanager"), f"{stack}/provider-keys/"
    pages = secrets.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [prefix]}])
    names = [each["Name"] for page in pages for each in page["SecretList"] if each["Name"].startswith(prefix)]
    for name in names:
        secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    return [f"the secret {name}" for name in names]


def _forgotten_logs(stack: str, account: Account) -> list[str]:
    """Groups of logs that a function wrote to while the stack went."""
    logs, own = account.client("logs"), f"/fanfold/{stack}"
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=own)
    names = [each["logGroupName"] for page in pages for each in page["logGroups"]]
    found = [name for name in names if name == own or name.startswith(f"{own}/")]
    for name in found:
        logs.delete_log_group(logGroupName=name)
    return [f"the log group {name}" for name in found]


@click.command()
@asked_where
def main(stage: str, region: str) -> None:
    """Delete a stage with everything of it, after its name was typed."""
    stack = stages()[stage].stack
    click.echo(f"This deletes {stack} in {region}: all jobs, results, logs and keys. It can't be undone.")
    if click.prompt("Type the name of the stack") != stack:
        raise click.ClickException("that is not its name: nothing was deleted")
    for each in destroy(stack, Account(region)):
        click.echo(f"deleted {each}")
    click.echo("What SAM uploaded stays in its own bucket, aws-sam-cli-managed-default-…, which other stacks may use.")


if __name__ == "__main__":
    main()
