"""Writes `docs/state-machines.md`: each state machine as a picture, and what each of its states is for.

make state-machines
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "state-machines.md"
SHAPES = {"Choice": ("{", "}"), "Wait": ("([", "])"), "Succeed": ("((", "))"), "Fail": ("((", "))")}
TITLE = """# State machines

Made from `statemachine/` by `make state-machines`. What is inside a box is run once for each item.
"""

States = dict[str, dict[str, Any]]


def page() -> str:
    """All of them."""
    return TITLE + "".join(map(_section, sorted((ROOT / "statemachine").glob("*.asl.yaml"))))


def _section(file: Path) -> str:
    machine = yaml.safe_load(file.read_text())
    name = file.name.partition(".")[0]
    rows = "".join(f"| {state} | {kind} | {what} |\n" for state, kind, what in _rows(machine["States"]))
    picture = "\n".join(_drawn(machine, "  "))
    table = f"| state | kind | what it does |\n|---|---|---|\n{rows}"
    return f"\n## {name}\n\n{machine['Comment']}\n\n```mermaid\nflowchart TD\n{picture}\n```\n\n{table}"


def _rows(states: States) -> Iterator[tuple[str, str, str]]:
    for name, state in states.items():
        yield name, state["Type"], state["Comment"]
        for inner in _inner(state):
            yield from _rows(inner["States"])


def _inner(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The machines that are inside a state."""
    return [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])


def _drawn(machine: dict[str, Any], indent: str) -> Iterator[str]:
    for name, state in machine["States"].items():
        if inner := _inner(state):
            yield f"{indent}subgraph {name}"
            for each in inner:
                yield from _drawn(each, indent + "  ")
            yield f"{indent}end"
        else:
            left, right = SHAPES.get(state["Type"], ("[", "]"))
            yield f"{indent}{name}{left}{name}{right}"
    for name, state in machine["States"].items():
        yield from (f"{indent}{name} {arrow} {target}" for arrow, target in _arrows(state))


def _arrows(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    nexts = [state.get("Next"), state.get("Default"), *(choice.get("Next") for choice in state.get("Choices", []))]
    for target in dict.fromkeys(each for each in nexts if each):
        yield "-->", target
    for caught in state.get("Catch", []):
        yield f'-. "{", ".join(caught["ErrorEquals"])}" .->', caught["Next"]


if __name__ == "__main__":
    PAGE.write_text(page())
