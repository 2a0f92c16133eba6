"""Python that a tool wrote, as the house formats it."""

import subprocess
import sys
from pathlib import Path

RUFF = Path(sys.executable).with_name("ruff")
ROOT = Path(__file__).parents[1]


def formatted(text: str) -> str:
    """The text with its imports in order, none that is not used, no loop for nothing, and ruff's lines.

    Raises CalledProcessError.
    """
    named = ["--stdin-filename", "client/fanfold_client/made.py", "-"]
    sorted_ = _run(text, "check", "--select", "I,F401,UP028,C416", "--fix", "--unsafe-fixes", "--quiet", *named)
    return _run(sorted_, "format", "--quiet", *named)


def _run(text: str, *arguments: str) -> str:
    done = subprocess.run([RUFF, *arguments], input=text, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout
