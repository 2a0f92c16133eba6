"""Builds Fanfold and deploys a stage of it, with the dashboard if it has one.

make deploy STAGE=dev REGION=eu-central-1
"""

import subprocess
from collections.abc import Iterator
from typing import Any

import boto3
import click

from tools.page import SignIn, publish
from tools.stages import FILE, Stage, asked_where, stages

ROOT = FILE.parent
NEXT = """
{stack} is deployed. Now
  fanfold admin --stack {stack} set-provider-key openai      gives it a key at a provider
  fanfold admin --stack {stack} create-tenant acme           makes a tenant, and prints its first key
  fanfold login                                              keeps the address and the key for the command line
The address: {url}
"""
PAGE = "The dashboard: {url}"


def commands(stage: Stage, region: str) -> list[list[str]]:
    """What is run, in order."""
    build = ["make", "build", f"ARCH={stage.architecture}"]
    template = ROOT / ".aws-sam/build/template.yaml"
    deploy = [str(ROOT / ".tools/sam/bin/sam"), "deploy", "--config-file", str(FILE), "--config-env", stage.name]
    return [build, [*deploy, "--region", region, "--template-file", str(template)]]


def publish_page(outputs: dict[str, str], parameters: dict[str, str], s3: Any) -> Iterator[str]:
    """Build the dashboard and put it where the stack serves it from, if it does; what there is to say of it."""
    if "DashboardUrl" not in outputs:
        return
    subprocess.run(["make", "web"], cwd=ROOT, check=True)
    publish(outputs["DashboardBucketName"], sign_in(parameters), s3)
    yield PAGE.format(url=outputs["DashboardUrl"])


def sign_in(parameters: dict[str, str]) -> SignIn | None:
    """Where people sign in to the dashboard without a key, if the stack's parameters say it."""
    client_id = parameters.get("DashboardClientId")
    return SignIn(parameters["OidcIssuer"], client_id) if client_id else None


def protect(stage: Stage, cloudformation: Any) -> None:
    """Let nobody delete the stack, if its stage is protected."""
    cloudformation.update_termination_protection(StackName=stage.stack, EnableTerminationProtection=stage.is_protected)


@click.command()
@asked_where
def main(stage: str, region: str) -> None:
    """Build and deploy a stage."""
    chosen = stages()[stage]
    for command in commands(chosen, region):
        subprocess.run(command, cwd=ROOT, check=True)
    cloudformation = boto3.client("cloudformation", region_name=region)
    protect(chosen, cloudformation)
    stack = cloudformation.describe_stacks(StackName=chosen.stack)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    click.echo(NEXT.format(stack=chosen.stack, url=outputs["ApiUrl"]))
    for line in publish_page(outputs, parameters, boto3.client("s3", region_name=region)):
        click.echo(line)


if __name__ == "__main__":
    main()
