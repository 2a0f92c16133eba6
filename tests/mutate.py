"""`make mutate`: plants faults in a copy of the tree and runs, for each, only the checks that can see it.

    python -m tests.mutate permissions    only one kind; this one takes hours

Survivors, faults that nothing found, are printed and make it fail. A fault is text that is added or removed, and the
command that has to fail because of it.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import yaml

from local.cloud.permission_log import VARIABLE as LOG
from tests.template.statements import noted, statements

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv/bin"
CORE = Path("layers/core/python/fanfold")
FREE = {"aws", "wiring.py", "observe.py", "api.py", "__init__.py", "__pycache__"}
"""What may import boto3 or Powertools, or is no code of a service's."""
VARIABLE = re.compile(r"^        ([A-Z_]+): ", re.MULTILINE)
UNSEEN = "tests/template/test_permissions.py"
"""What looks at statements that no call needs."""


class Fault(NamedTuple):
    """A planted fault: what it is, the file and its new text, the command that has to fail, and its environment."""

    what: str
    file: Path
    text: str
    command: tuple[str, ...]
    environment: dict[str, str]


def main() -> int:
    wanted = sys.argv[1:] or [kind for kind in KINDS if kind != "permissions"]
    with tempfile.TemporaryDirectory(prefix="fanfold-mutate-") as folder:
        copy = copied(Path(folder) / "tree")
        faults = [fault for kind in wanted for fault in KINDS[kind](copy)]
        for command in dict.fromkeys(fault.command for fault in faults):
            run(command, copy, {}).check_returncode()
        survivors = [fault.what for fault in faults if not is_found(fault, copy)]
    print(f"{len(faults) - len(survivors)} of {len(faults)} faults were found")
    for what in survivors:
        print(f"  survived: {what}")
    return int(bool(survivors))


def copied(target: Path) -> Path:
    """The tracked files as they are now; the environment's tools look at them, not at this tree."""
    for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", target / ".mypy_cache")
    return target


def is_found(fault: Fault, tree: Path) -> bool:
    """Whether the command fails with the fault in place."""
    with planted(fault):
        done = run(fault.command, tree, fault.environment)
    print("found   " if done.returncode else "SURVIVED", fault.what, flush=True)
    return done.returncode != 0


def run(command: tuple[str, ...], tree: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    paths = os.pathsep.join(str(tree / each) for each in ("layers/core/python", "functions", "client", "."))
    whole = os.environ | {"PYTHONPATH": paths} | environment
    return subprocess.run(command, cwd=tree, env=whole, capture_output=True, check=False)


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    before = fault.file.read_text()
    fault.file.write_text(fault.text)
    try:
        yield
    finally:
        fault.file.write_text(before)


def type_errors(tree: Path) -> Iterator[Fault]:
    """One in each folder of handlers, and in what else mypy is to see."""
    folders = [*sorted((tree / "functions").iterdir()), tree / "benchmarks", tree / "tests/chaos", tree / "local"]
    for folder in folders:
        file = sorted(folder.glob("[a-z]*.py"))[-1]
        text = file.read_text() + '\nplanted: int = "text"\n'
        yield Fault(f"a type error in {file.relative_to(tree)}", file, text, (str(BIN / "mypy"),), {})


def imports(tree: Path) -> Iterator[Fault]:
    """An SDK imported in each package and module that must not know it."""
    for place in sorted((tree / CORE).iterdir()):
        if place.name in FREE or (place.is_file() and place.suffix != ".py"):
            continue
        file = place if place.is_file() else max(place.rglob("[a-z]*.py"), key=lambda path: (len(path.parts), path))
        text = file.read_text() + "\nimport boto3\n"
        yield Fault(f"boto3 in {file.relative_to(tree)}", file, text, (str(BIN / "lint-imports"), "--no-cache"), {})


def retries(tree: Path) -> Iterator[Fault]:
    """Each entry of a Retry taken out."""
    command = (str(BIN / "pytest"), "-q", "-x", "tests/template/test_statemachines.py")
    for file in sorted((tree / "statemachine").glob("*.yaml")):
        count = sum(len(retry) for retry in _retries(yaml.safe_load(file.read_text())))
        for number in range(count):
            machine = yaml.safe_load(file.read_text())
            left = number
            for retry in _retries(machine):
                if left < len(retry):
                    gone = retry.pop(left)["ErrorEquals"]
                    break
                left -= len(retry)
            yield Fault(f"{file.name} without its retry of {gone[0]}…", file, yaml.safe_dump(machine), command, {})


def _retries(node: object) -> Iterator[list[dict[str, list[str]]]]:
    if isinstance(node, dict):
        if "Retry" in node:
            yield node["Retry"]
        for each in node.values():
            yield from _retries(each)
    elif isinstance(node, list):
        for each in node:
            yield from _retries(each)


def variables(tree: Path) -> Iterator[Fault]:
    """Each variable taken from every function that reads it."""
    file = tree / "template.yaml"
    text = file.read_text()
    start = text.index("Globals:")
    command = (str(BIN / "pytest"), "-q", "-x", "tests/integration")
    for name in VARIABLE.findall(text[start : text.index("HttpApi:", start)]):
        yield Fault(f"functions without {name}", file, text, command, {"FANFOLD_WITHOUT": name})


def permissions(tree: Path) -> Iterator[Fault]:
    """Each statement of IAM taken away, and the end-to-end tests of the one file that needed it.

    Which file needs which statement is told by the emulated cloud. What no file needs is planted too, before the tests
    of the template: docs/security.md says why it stands there all the same.
    """
    template, files = tree / "template.yaml", sorted((tree / "tests/e2e").glob("test_*.py"))
    needed = {file.name: _needed(file.name, tree) for file in files}
    for statement in statements(template):
        seen = [name for name, used in needed.items() if statement.place in used]
        command = (str(BIN / "pytest"), "-q", "-x", f"tests/e2e/{seen[0]}" if seen else UNSEEN)
        yield Fault(statement.what, template, statement.without(template), command, {})


def _needed(name: str, tree: Path) -> set[tuple[str, int, int]]:
    """The places of the statements that the tests of a file need."""
    log = tree / f"{name}.permissions"
    log.touch()
    run((str(BIN / "pytest"), "-q", f"tests/e2e/{name}"), tree, {LOG: str(log)}).check_returncode()
    return set(noted(log))


KINDS: dict[str, Callable[[Path], Iterator[Fault]]] = {
    "types": type_errors,
    "imports": imports,
    "retries": retries,
    "variables": variables,
    "permissions": permissions,
}

if __name__ == "__main__":
    sys.exit(main())
