"""An engine, the build, and a stack that containers reach: what `sam local` runs the functions with."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.sam_local import bridge_address, environment, write_variables
from local.stack import LocalStack
from tests.sam_local.engine import Clock, Engine, NoEngine, engine

ROOT = Path(__file__).resolve().parents[2]
SAM = ROOT / ".tools/sam/bin/sam"


@dataclass(frozen=True)
class SamLocal:
    """The SAM CLI, on a stack."""

    stack: LocalStack
    variables: Path
    engine: Engine

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | environment(self.stack.cloud) | self.engine.environment | {"SAM_CLI_TELEMETRY": "0"}

    def command(self, what: str, *more: str) -> list[str]:
        return [str(SAM), "local", what, *more, "--env-vars", str(self.variables), "--skip-pull-image"]

    def invoke(self, function: str, event: Path) -> Any:
        """What a function answers, or what it raised: the command ends with 0 in both cases."""
        done = subprocess.run(
            self.command("invoke", function, "--event", str(event)),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        said = done.stdout.strip().splitlines()
        assert said, done.stderr
        return json.loads(said[-1])


@pytest.fixture(scope="session")
def running_engine() -> Iterator[Engine]:
    try:
        with engine(ROOT / ".fanfold/engine") as found:
            yield found
    except NoEngine as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def build() -> None:
    """The functions and layers as Lambda gets them."""
    clock = Clock()
    if not clock.run("make", "--silent", "-C", str(ROOT), "runtime-python").strip():
        pytest.skip("Lambda's python3.13 is not here to build the layers with")
    shutil.rmtree(ROOT / ".aws-sam/build", ignore_errors=True)
    clock.run("make", "--silent", "-C", str(ROOT), "build")


@pytest.fixture(scope="session")
def sam_local(running_engine: Engine, build: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SamLocal]:
    folder = tmp_path_factory.mktemp("sam-local")
    with LocalStack(None, folder, address=bridge_address()) as stack:
        write_variables(stack.cloud, folder / "env.json")
        yield SamLocal(stack, folder / "env.json", running_engine)
