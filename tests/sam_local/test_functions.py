"""`sam local` under an engine: every function with its golden event, a route of every service, Lambda's own API."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local.cloud.template import read
from tests.sam_local.conftest import ROOT, SamLocal
from tests.waiting import until

pytestmark = pytest.mark.engine
FENCED_OFF = {"Superseded", "NotFound"}
"""What a step of a state machine says to whoever is not its execution: the stack beside runs the job itself, and
nobody asked for the writing that its golden event is about."""
ROUTES = {
    "accounts": "keys",
    "batches": "batches",
    "forecasts": "forecasts",
    "health": "health",
    "journal": "logs",
    "stats": "stats",
    "writing": "sessions",
}


def steps() -> list[tuple[str, str]]:
    """Function and step of each; with FANFOLD_ONE_EACH the first of each service."""
    functions = read(ROOT / "template.yaml").of_type("AWS::Serverless::Function").items()
    every = [(name, each["Properties"]["Handler"].removesuffix(".handler")) for name, each in functions]
    by_service = groupby(sorted(every, key=_service), key=_service)
    return [next(steps) for _, steps in by_service] if os.environ.get("FANFOLD_ONE_EACH") else every


def _service(step: tuple[str, str]) -> str:
    return step[1].partition(".")[0]


@pytest.mark.parametrize(("function", "step"), steps(), ids=lambda each: each)
def test_invoke_answers_the_golden_event(function: str, step: str, sam_local: SamLocal) -> None:
    answer = sam_local.invoke(function, ROOT / "events" / f"{step.replace('.', '/')}.json")
    if isinstance(answer, dict) and "errorType" in answer:
        assert answer["errorType"] in FENCED_OFF, answer
    elif isinstance(answer, dict) and "statusCode" in answer:
        assert answer["statusCode"] < 500


def test_start_api_answers_a_route_of_each_service(sam_local: SamLocal) -> None:
    headers = {"Authorization": f"Bearer {sam_local.stack.issue_key('acme')}"}
    with serving(sam_local, "start-api") as url:
        for service, path in ROUTES.items():
            answer = httpx.get(f"{url}/v1/{path}", headers=headers, timeout=300)
            assert answer.status_code == 200, (service, answer.text)
        assert httpx.get(f"{url}/v1/batches", timeout=300).status_code == 401


def test_start_lambda_is_lambda_to_an_sdk(sam_local: SamLocal) -> None:
    with serving(sam_local, "start-lambda") as url:
        client: Any = boto3.client(
            "lambda", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        event = (ROOT / "events/health/api.json").read_bytes()
        done = client.invoke(FunctionName="HealthApiFunction", Payload=event)
        assert b'"statusCode": 200' in done["Payload"].read()


@contextmanager
def serving(sam_local: SamLocal, what: str) -> Iterator[str]:
    """A server of the SAM CLI while it is needed; it takes SIGTERM, and its containers go with it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = Path(sam_local.variables.parent / f"{what}.log")
    with log.open("wb") as out:
        server = subprocess.Popen(
            sam_local.command(what, "--port", str(port)), cwd=ROOT, env=sam_local.environment, stdout=out, stderr=out
        )
    try:
        until(lambda: listens(port, server))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(120)


def listens(port: int, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
