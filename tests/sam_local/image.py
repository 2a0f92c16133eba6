"""The runtime's image, made of Debian and this machine's python3.13, since no registry is asked."""

import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TAG = "public.ecr.aws/lambda/python:3.13-x86_64"
LIBRARIES = "libssl3,libffi8,libsqlite3-0,zlib1g,libbz2-1.0,liblzma5,libreadline8,ca-certificates"
RUNTIME = ("awslambdaric", "boto3")
"""What the managed runtime has of its own."""
BOOTSTRAP = """#!/bin/sh
export PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin
export LD_LIBRARY_PATH=/var/lang/lib PYTHONPATH=/opt/python:/var/runtime
cd "$LAMBDA_TASK_ROOT" && exec python3.13 -m awslambdaric "$_HANDLER"
"""
NOT_COPIED = shutil.ignore_patterns("test", "site-packages", "*.a", "config-3*", "__pycache__")

Run = Callable[..., str]


class Missing(Exception):
    """There is no python3.13 here that can be put into an image."""


def image_root(root: Path, run: Run) -> Path:
    """Fill a folder with what the image has in it; `run` runs a command."""
    python = _python(run)
    shutil.rmtree(root, ignore_errors=True)
    run("debootstrap", "--variant=minbase", f"--include={LIBRARIES}", "bookworm", str(root))
    for part in ("bin", "lib"):
        shutil.copytree(python.parents[1] / part, root / "var/lang" / part, symlinks=True, ignore=NOT_COPIED)
    for folder in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
        shutil.rmtree(root / folder, ignore_errors=True)
    for folder in ("opt", "var/task"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    runtime = root / "var/runtime"
    wanted = [f"{name}=={version(name)}" for name in RUNTIME]
    run(
        str(ROOT / ".tools/uv/bin/uv"),
        "pip",
        "install",
        "--quiet",
        "--python",
        str(python),
        "--target",
        str(runtime),
        *wanted,
    )
    (runtime / "bootstrap").write_text(BOOTSTRAP)
    (runtime / "bootstrap").chmod(0o755)
    return root


def _python(run: Run) -> Path:
    """The interpreter that the layers are compiled with, of an installation that is in one folder."""
    found = run("make", "--silent", "-C", str(ROOT), "runtime-python").strip()
    if not found or Path(found).parents[1] == Path("/usr"):
        raise Missing("there is no python3.13 in a folder of its own, as pyenv has it, to put into the image")
    return Path(found).resolve()
