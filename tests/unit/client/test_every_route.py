"""Each route of the API has a call of the client."""

import inspect
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from fanfold_client import Fanfold, FanfoldError
from tests.unit.client.service import API, KEY, Wire, problem
from tools.openapi import FILE

OTHERS = {"GET /", "GET /docs", "GET /v1/openapi.json", "GET /v1/metrics", "POST /v1/providers/{}/events"}
"""For browsers, Prometheus and providers."""


def calls(fanfold: Fanfold) -> Iterator[Any]:
    """All that can be called."""
    for name, resource in vars(fanfold).items():
        if not name.startswith("_"):
            yield from (getattr(resource, call) for call in dir(resource) if not call.startswith("_"))
    yield from (fanfold.alive, fanfold.health)


def arguments(call: Any, file: Path) -> dict[str, Any]:
    """Something for each argument that is needed."""
    needed = [each for each in inspect.signature(call).parameters.values() if each.default is each.empty]
    known = {
        "file": file,
        "every": 1,
        "days": 1,
        "words": 100,
        "source": [{}],
        "options": {},
        "observations": [],
        "actuals": [],
    }
    known |= {"entries": b"x", "options": {}}
    return {each.name: known.get(each.name, "{}") for each in needed if each.kind is not each.VAR_KEYWORD}


def test_every_route_has_a_call(tmp_path: Path) -> None:
    asked: set[str] = set()

    def refused(request: httpx.Request) -> httpx.Response:
        asked.add(f"{request.method} {request.url.path}")
        return problem(404, "Not found", "nothing is here")

    (tmp_path / "a.pdf").write_text("%PDF")
    (tmp_path / "a.md").write_text("# A")
    with Fanfold(API, KEY, transport=Wire(refused)) as fanfold:
        every = [(call, arguments(call, tmp_path / "a.pdf")) for call in calls(fanfold)]
        every += [(fanfold.batches.create, {"source": tmp_path / "a.md"})]
        every += [(fanfold.sessions.train_file, {"id": "{}", "file": tmp_path / "a.md"})]
        for call, given in every:
            with suppress(FanfoldError):
                found = call(**given)
                next(iter(found))
    paths = json.loads(FILE.read_text())["paths"]
    there = {f"{way.upper()} {re.sub(r'{[a-z_]+}', '{}', path)}" for path, ways in paths.items() for way in ways}
    assert there - OTHERS - asked == set()
    assert asked - {"GET /v1/forecasts/{}/exports/csv"} <= there
