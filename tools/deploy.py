"""Builds Fanfold and deploys a stage of it.

make deploy STAGE=dev REGION=eu-central-1
"""

import subprocess
from typing import Any

import boto3
import click

from tools.stages import FILE, Stage, asked_where, stages

ROOT = FILE.parent
NEXT = """
{stack} is deployed. Now
  fanfold admin --stack {stack} set-provider-key openai      gives it a key at a provider
  fanfold admin --stack {stack} create-tenant acme           makes a tenant, and prints its first key
  fanfold login                                              keeps the address and the key for the command line
The address: {url}
"""


def commands(stage: Stage, region: str) -> list[list[str]]:
    """What is run, in order."""
    build = ["make", "build", f"ARCH={stage.architecture}"]
    template = ROOT / ".aws-sam/build/template.yaml"
    deploy = [str(ROOT / ".tools/sam/bin/sam"), "deploy", "--config-file", str(FILE), "--config-env", stage.name]
    return [build, [*deploy, "--region", region, "--template-file", str(template)]]


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
    outputs = cloudformation.describe_stacks(StackName=chosen.stack)["Stacks"][0]["Outputs"]
    url = next(each["OutputValue"] for each in outputs if each["OutputKey"] == "ApiUrl")
    click.echo(NEXT.format(stack=chosen.stack, url=url))


if __name__ == "__main__":
    main()
