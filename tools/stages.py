"""The stages that `samconfig.toml` knows."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import boto3
import click

FILE = Path(__file__).resolve().parents[1] / "samconfig.toml"


class Stage(NamedTuple):
    """One deployment of Fanfold in an account."""

    name: str
    stack: str
    parameters: dict[str, str]

    @property
    def architecture(self) -> str:
        return self.parameters["Architecture"]

    @property
    def is_protected(self) -> bool:
        """Whether it is deployed so that nobody deletes it by mistake."""
        return self.parameters.get("Protected") == "yes"


def stages(file: Path = FILE) -> dict[str, Stage]:
    """All of them, by name."""
    found = tomllib.loads(file.read_text())
    given = {
        name: part["deploy"]["parameters"]
        for name, part in found.items()
        if isinstance(part, dict) and "deploy" in part
    }
    return {name: Stage(name, each["stack_name"], _parameters(each)) for name, each in given.items()}


def asked_where(command: Callable[..., None]) -> Callable[..., None]:
    """The options --stage and --region, which are asked for if they are not given."""
    region = click.option("--region", prompt="Region", default=_usual_region)
    return click.option("--stage", prompt="Stage", type=click.Choice(sorted(stages())))(region(command))


def _usual_region() -> str:
    return boto3.session.Session().region_name or "eu-central-1"


def _parameters(given: dict[str, list[str]]) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in given.get("parameter_overrides", []))
    return {name: value for name, _, value in pairs}
