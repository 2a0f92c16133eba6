"""The `?` of the dashboard: the commands and lines of Python that it shows are there, under those names."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

from fanfold_client import Fanfold
from fanfold_command.root import fanfold as command_line

ROOT = Path(__file__).parents[2]
WAYS: dict[str, tuple[str | None, str | None]] = json.loads(
    (ROOT / "web" / "src" / "help" / "ways.json").read_text(encoding="utf-8")
)
PATHS: dict[str, dict[str, Any]] = json.loads(
    (ROOT / "layers" / "core" / "python" / "fanfold" / "openapi.json").read_text(encoding="utf-8")
)["paths"]
COMMANDS = {route: command for route, (command, _) in WAYS.items() if command}


def test_each_is_a_route_of_the_api() -> None:
    """A way may name a field of the body: it is that of bodies with it."""
    routes = {" ".join(way.split()[:2]) for way in WAYS}
    assert {f"{method.upper()} {path}" for path, methods in PATHS.items() for method in methods} >= routes


def test_every_route_that_the_page_names_has_its_lines() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "web" / "src").rglob("*.ts*"))
    named = {path.split("/")[2] for path in re.findall(r"[\"`](/v1/[a-z]+)", code)}
    assert named - {route.split()[1].split("/")[2] for route in WAYS} == {"uploads"}


@pytest.mark.parametrize("route", COMMANDS)
def test_a_command_is_one_and_knows_its_options(route: str) -> None:
    text = COMMANDS[route]
    words = re.sub(r"\{[^}]*\}", " ", text).split()
    found: click.Command = command_line
    for word in words[1:]:
        inner = found.get_command(click.Context(found), word) if isinstance(found, click.Group) else None
        if inner is None:
            break
        found = inner
    assert found is not command_line
    given = [each.split("=")[-1] for many in re.findall(r"\{&([^}]*)\}", text) for each in many.split(",")]
    flags = {option for parameter in found.params for option in parameter.opts}
    wanted = {f"--{name}" for name in given} | {word for word in words if word.startswith("--")}
    if "{@timing}" in text:
        wanted |= {"--every"}
    assert wanted <= flags


@pytest.mark.parametrize("route", [route for route, (_, python) in WAYS.items() if python])
def test_a_line_of_python_calls_what_there_is(route: str) -> None:
    text = WAYS[route][1] or ""
    resource, method = text.partition("(")[0].split(".")[1:]
    with Fanfold("http://127.0.0.1:1", "ff_acme_none") as client:
        called = getattr(getattr(client, resource), method)
    known = inspect.signature(called).parameters
    given = [each for many in re.findall(r"\{&([^}]*)\}", text) for each in many.split(",")]
    if not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in known.values()):
        assert set(given) <= known.keys()
