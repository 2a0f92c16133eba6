"""Running the tools of .tools as a user would: in the repository, with an environment of their own."""

import os
import subprocess
from pathlib import Path

from tests.template.stack import ROOT

SAM = ROOT / ".tools/sam/bin/sam"
UV = ROOT / ".tools/uv/bin/uv"
NODE = ROOT / ".tools/node/bin/node"
ASL_VALIDATOR = ROOT / ".tools/asl/node_modules/.bin/asl-validator"

Finished = subprocess.CompletedProcess[str]


def run(*command: str | Path) -> Finished:
    """Runs to the end, without AWS keys (made-up ones stall the SAM CLI) or the flags of a `make test` around us."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "MFLAGS"))}
    quiet = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-central-1", "UV_COMPILE_BYTECODE": "0"}
    return subprocess.run(command, cwd=ROOT, env=kept | quiet, capture_output=True, text=True, timeout=300, check=False)


def passed(*command: str | Path) -> str:
    """What a command printed; an assertion with all of it where it failed."""
    finished = run(*command)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout
