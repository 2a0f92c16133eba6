"""Builds Fanfold and deploys a stage of it, with the dashboard if it has one.

make deploy STAGE=dev REGION=eu-central-1
"""

import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
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


BUILT = ROOT / ".aws-sam/build"


def build_command(stage: Stage) -> list[str]:
    """What builds the stage."""
    return ["make", "build", f"ARCH={stage.architecture}"]


def deploy_command(stage: Stage, region: str, built: Path = BUILT) -> list[str]:
    """What deploys the stage; given on the command line, parameters replace those of samconfig.toml."""
    overrides = stage.parameters | {"Release": release(built, stage.parameters)}
    deploy = [str(ROOT / ".tools/sam/bin/sam"), "deploy", "--config-file", str(FILE), "--config-env", stage.name]
    given = [f"{name}={value}" for name, value in overrides.items()]
    return [
        *deploy,
        "--region",
        region,
        "--template-file",
        str(built / "template.yaml"),
        "--parameter-overrides",
        *given,
    ]


def release(built: Path, parameters: dict[str, str]) -> str:
    """A hash of all that is deployed: SAM looks at parameters' names and not at their values, when it publishes."""
    digest = sha256(repr(sorted(parameters.items())).encode())
    for file in sorted(each for each in built.rglob("*") if each.is_file()):
        digest.update(f"{file.relative_to(built)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


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
    subprocess.run(build_command(chosen), cwd=ROOT, check=True)
    subprocess.run(deploy_command(chosen, region), cwd=ROOT, check=True)
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
