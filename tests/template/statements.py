"""Statements of IAM in the template, one by one, and which of them the emulated cloud saw needed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from samtranslator.yaml_helper import yaml_parse


class Granted(NamedTuple):
    """A statement: whose it is, and the places of its policy and of itself."""

    place: tuple[str, int, int]
    what: str

    def without(self, file: Path) -> str:
        """The template without it."""
        whole = yaml_parse(file.read_text())
        owner, policy, place = self.place
        del dict(_documents(whole))[owner][policy]["Statement"][place]
        return json.dumps(whole)


def statements(file: Path) -> Iterator[Granted]:
    """All of a template, in order."""
    for owner, documents in _documents(yaml_parse(file.read_text())):
        for policy, document in enumerate(documents):
            for place, statement in enumerate(document["Statement"]):
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                said = f"{owner} without its {statement['Effect']} of {', '.join(actions)} (statement {place})"
                yield Granted((owner, policy, place), said)


def noted(log: Path) -> dict[tuple[str, int, int], set[str]]:
    """The places in what `local.cloud.permission_log` wrote, each with the tests that needed it.

    `fanfold-WorkFunctionRole-0E06E8 0 2 tests/e2e/test_life.py::test_a` is a line.
    """
    found: dict[tuple[str, int, int], set[str]] = {}
    for line in log.read_text().splitlines():
        role, policy, place, test = line.split(maxsplit=3)
        logical = role.split("-")[1]
        owner = logical if logical == "ScheduleRole" else logical.removesuffix("Role")
        found.setdefault((owner, int(policy), int(place)), set()).add(test)
    return found


def _documents(template: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The policy documents that a function, a machine, a role, a queue or a bucket has."""
    for name, resource in template["Resources"].items():
        given = resource.get("Properties", {})
        found = [each.get("PolicyDocument", each) for each in given.get("Policies", []) if isinstance(each, dict)]
        found += [given[key] for key in ("PolicyDocument", "AssumeRolePolicyDocument") if key in given]
        if documents := [each for each in found if "Statement" in each]:
            yield name, documents
