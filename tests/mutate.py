"""`make mutate`: plants faults in a copy of the tree and runs, for each, only the checks that can see it.

    python -m tests.mutate permissions    only one kind
    JOBS=3 python -m tests.mutate         three at a time, each in a tree of its own

Survivors, faults that nothing found, are printed and make it fail, but for statements of IAM that are listed with their
reason. A fault is text that is added or removed, and the command that has to fail because of it.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from resource import RUSAGE_CHILDREN, getrusage
from types import MappingProxyType
from typing import NamedTuple

import yaml

from local.cloud.permission_log import VARIABLE as LOG
from tests.template.statements import noted, statements
from tests.template.unneeded import UNNEEDED

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv/bin"
CORE = Path("layers/core/python/fanfold")
FREE = {"aws", "wiring", "observe.py", "api.py", "__init__.py", "__pycache__"}
"""What may import boto3 or Powertools, or is no code of a service's."""
VARIABLE = re.compile(r"^ {8,10}([A-Z_]+): ", re.MULTILINE)
UNSEEN = "tests/template/test_permissions.py"
"""What looks at statements that no call needs."""
JOBS = int(os.environ.get("JOBS", "1"))
PATIENCE = "60"
"""Seconds that a test waits for what does not come because of a fault."""


class Fault(NamedTuple):
    """A planted fault: what it is, the file of the tree and its new text, the command that has to fail, and its
    environment."""

    what: str
    file: Path
    text: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = MappingProxyType({})


Trees = SimpleQueue[Path]
Place = tuple[str, int, int]


def main() -> int:
    wanted, trees = sys.argv[1:] or [kind for kind in KINDS if kind != "permissions"], Trees()
    with tempfile.TemporaryDirectory(prefix="fanfold-mutate-") as folder, ThreadPoolExecutor(JOBS) as pool:
        copies = [copied(Path(folder) / f"tree{number}") for number in range(JOBS)]
        faults = [fault for kind in wanted for fault in KINDS[kind](copies[0])]
        for copy in copies:
            trees.put(copy)
        for done in pool.map(lambda command: passes(command, trees), dict.fromkeys(fault.command for fault in faults)):
            done.check_returncode()
        found = list(pool.map(lambda fault: is_found(fault, trees), faults))
    survivors = [fault.what for fault, dead in zip(faults, found, strict=True) if not dead]
    used = getrusage(RUSAGE_CHILDREN)
    print(f"{sum(found)} of {len(faults)} faults were found, in {(used.ru_utime + used.ru_stime) / 60:.0f} min of CPU")
    for what in survivors:
        print(f"  survived: {what}: {UNNEEDED.get(what, 'NO REASON IS GIVEN')}")
    return int(any(what not in UNNEEDED for what in survivors))


def copied(target: Path) -> Path:
    """The tracked files as they are now; the environment's tools look at them, not at this tree."""
    for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", target / ".mypy_cache")
    return target


def passes(command: tuple[str, ...], trees: Trees) -> subprocess.CompletedProcess[bytes]:
    """The command without any fault."""
    tree = trees.get()
    try:
        return run(command, tree, {})
    finally:
        trees.put(tree)


def is_found(fault: Fault, trees: Trees) -> bool:
    """Whether the command fails with the fault in place."""
    tree = trees.get()
    try:
        with planted(fault, tree):
            done = run(fault.command, tree, fault.environment)
    finally:
        trees.put(tree)
    print("found   " if done.returncode else "SURVIVED", fault.what, flush=True)
    return done.returncode != 0


def run(command: tuple[str, ...], tree: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    paths = os.pathsep.join(str(tree / each) for each in ("layers/core/python", "functions", "client", "."))
    whole = os.environ | {"PYTHONPATH": paths} | dict(environment)
    return subprocess.run(command, cwd=tree, env=whole, capture_output=True, check=False)


@contextmanager
def planted(fault: Fault, tree: Path) -> Iterator[None]:
    file = tree / fault.file
    before = file.read_text()
    file.write_text(fault.text)
    try:
        yield
    finally:
        file.write_text(before)


def type_errors(tree: Path) -> Iterator[Fault]:
    """One in each folder of handlers, and in what else mypy is to see."""
    folders = [*sorted((tree / "functions").iterdir()), tree / "benchmarks", tree / "tests/chaos", tree / "local"]
    for folder in folders:
        file = sorted(folder.glob("[a-z]*.py"))[-1]
        text = file.read_text() + '\nplanted: int = "text"\n'
        place = file.relative_to(tree)
        yield Fault(f"a type error in {place}", place, text, (str(BIN / "mypy"),))


def imports(tree: Path) -> Iterator[Fault]:
    """An SDK imported in each package and module that must not know it."""
    for place in sorted((tree / CORE).iterdir()):
        if place.name in FREE or (place.is_file() and place.suffix != ".py"):
            continue
        file = place if place.is_file() else max(place.rglob("[a-z]*.py"), key=lambda path: (len(path.parts), path))
        text = file.read_text() + "\nimport boto3\n"
        place = file.relative_to(tree)
        yield Fault(f"boto3 in {place}", place, text, (str(BIN / "lint-imports"), "--no-cache"))


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
            place, text = file.relative_to(tree), yaml.safe_dump(machine)
            yield Fault(f"{file.name} without its retry of {gone[0]}…", place, text, command)


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
    """Each variable taken from every function that has it."""
    file = tree / "template.yaml"
    text = file.read_text()
    command = (str(BIN / "pytest"), "-q", "-x", "tests/integration", "tests/template/test_functions.py")
    for name in sorted(set(VARIABLE.findall(text))):
        yield Fault(f"functions without {name}", file, text, command, {"FANFOLD_WITHOUT": name})


def permissions(tree: Path) -> Iterator[Fault]:
    """Each statement of IAM taken away, and one end-to-end test that needed it.

    Which needs which is told by the emulated cloud, in one run of them all; of those that need a statement it is the
    one that most others are needed by too. What none needs is planted before the tests of the template: `unneeded.py`
    says why it stands there all the same.
    """
    template = tree / "template.yaml"
    needed, found = _needed(tree), list(statements(template))
    chosen = _cover([statement.place for statement in found if statement.place in needed], needed)
    for statement in found:
        command = (str(BIN / "pytest"), "-q", "-x", chosen.get(statement.place, UNSEEN))
        place = template.relative_to(tree)
        yield Fault(statement.what, place, statement.without(template), command, {"FANFOLD_PATIENCE": PATIENCE})


def _needed(tree: Path) -> dict[Place, set[str]]:
    """The tests that need each statement, by its place."""
    log = Path(os.environ.get(LOG) or tree / "needed.permissions")
    if not log.is_file():
        log.touch()
        run((str(BIN / "pytest"), "-q", "tests/e2e"), tree, {LOG: str(log)}).check_returncode()
    return {place: tests - {"-"} for place, tests in noted(log).items() if tests - {"-"}}


def _cover(places: list[Place], needed: dict[Place, set[str]]) -> dict[Place, str]:
    """A test for each place, few in all."""
    chosen: dict[Place, str] = {}
    while left := [place for place in places if place not in chosen]:
        counted = Counter(test for place in left for test in sorted(needed[place]))
        [(best, _)] = counted.most_common(1)
        chosen |= {place: best for place in left if best in needed[place]}
    return chosen


KINDS: dict[str, Callable[[Path], Iterator[Fault]]] = {
    "types": type_errors,
    "imports": imports,
    "retries": retries,
    "variables": variables,
    "permissions": permissions,
}

if __name__ == "__main__":
    sys.exit(main())
