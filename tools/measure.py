"""Benches and drills: what one found, held against the bar it has to pass, and how they are run by name.

A bench or a drill is a module with a `TITLE` and `bars(size, seed)`.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from importlib import import_module
from typing import NamedTuple, TypeVar

from rich.console import Console
from rich.table import Table

Value = TypeVar("Value")


class Size(StrEnum):
    """How much of everything: once on tiny input, enough for a figure, or all that was promised."""

    SMOKE = "smoke"
    SMALL = "small"
    FULL = "full"

    def of(self, smoke: Value, small: Value, full: Value) -> Value:
        """The one of three amounts that belongs to this size."""
        return {Size.SMOKE: smoke, Size.SMALL: small, Size.FULL: full}[self]


class Bar(NamedTuple):
    """A figure and its bar, in words; `ok` is None for what is only told."""

    what: str
    figure: str
    bar: str = ""
    ok: bool | None = None


VERDICTS = {True: "[green]ok[/]", False: "[bold red]MISSED[/]", None: ""}


def main(package: str, names: Sequence[str], sizes: Sequence[Size]) -> int:
    """Run those that are named, or all; 1 if one of them missed a bar or broke."""
    parser = argparse.ArgumentParser(prog=f"python -m {package}")
    parser.add_argument("name", nargs="*", default=[], help=f"which: {', '.join(names)}; without one, all")
    parser.add_argument("--size", type=Size, choices=list(sizes), default=Size.SMALL)
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same points and inputs")
    given = parser.parse_args()
    if unknown := set(given.name) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if len(given.name) == 1:
        return _run(package, given.name[0], given.size, given.seed)
    return _run_each(package, given.name or names, given.size, given.seed)


def _run(package: str, name: str, size: Size, seed: int) -> int:
    module = import_module(f"{package}.{name}")
    missed = report(f"{module.TITLE} ({size}, seed {seed})", module.bars(size, seed))
    return 0 if size is Size.SMOKE else missed


def _run_each(package: str, names: Sequence[str], size: Size, seed: int) -> int:
    """Each in a process of its own: the next one finds no settings and no memory of the last."""
    options = ["--size", size, "--seed", str(seed)]
    ended = {name: subprocess.run([sys.executable, "-m", package, name, *options]).returncode for name in names}
    failed = [name for name, code in ended.items() if code]
    print(f"{package}: {len(ended) - len(failed)} of {len(ended)} passed", *failed and ["; not:", ", ".join(failed)])
    return int(bool(failed))


def report(title: str, bars: Iterable[Bar]) -> int:
    """Print the one table; 1 if a bar was missed."""
    found = list(bars)
    table = Table("what", "figure", "bar", "", title=title, title_justify="left")
    for each in found:
        table.add_row(each.what, each.figure, each.bar, VERDICTS[each.ok])
    console = Console()
    (console if console.is_terminal else Console(width=150)).print(table)
    return int(any(each.ok is False for each in found))
