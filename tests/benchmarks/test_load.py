"""The load test asks for routes that there are, of this machine alone, within bounds."""

import ast
import re
from pathlib import Path

import pytest

from benchmarks.load.bounds import MOST_SECONDS, MOST_USERS, Bounds, bounds, checked
from tests.template.stack import routes

SOURCE = (Path(__file__).parents[2] / "benchmarks/load/locustfile.py").read_text()


def test_its_paths_are_routes() -> None:
    texts = [node.value for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Constant)]
    paths = {text for text in texts if isinstance(text, str) and re.fullmatch(r"/v1/[\w/]+", text)}
    there = {route.partition(" ")[2] for route in routes()}
    assert {"/v1/batches", "/v1/forecasts", "/v1/logs", "/v1/uploads"} <= paths <= there


@pytest.mark.parametrize("host", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80"])
def test_it_runs_on_this_machine(host: str) -> None:
    assert checked(host) == host


@pytest.mark.parametrize(
    "host",
    [None, "", "https://abc.execute-api.eu-central-1.amazonaws.com", "http://127.0.0.1.example.com", "http://0/"],
)
def test_and_on_no_other(host: str | None) -> None:
    with pytest.raises(ValueError, match="not this machine"):
        checked(host)


def test_it_is_bounded() -> None:
    assert bounds({}) == Bounds(10, 60)
    assert bounds({"LOAD_USERS": str(MOST_USERS), "LOAD_SECONDS": str(MOST_SECONDS)}) == Bounds(50, 300)
    for name, value in (("LOAD_USERS", "51"), ("LOAD_SECONDS", "301"), ("LOAD_USERS", "0"), ("LOAD_SECONDS", "-1")):
        with pytest.raises(ValueError, match="users"):
            bounds({name: value})
