"""`make invoke`: one function, one event, on the emulated cloud."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from botocore.exceptions import EndpointConnectionError

from fanfold_client.profiles import read
from local.cloud.deploy import Endpoint
from local.stack import LocalStack
from local.up import STATE

EVENTS = Path(__file__).resolve().parents[1] / "events"


def invoke(step: str, file: str = "") -> int:
    """Invoke `service/step` with its golden event, or that of a file, on what `make up` runs, or on a stack of its own.

    Prints the answer; 1 if the function failed.
    """
    event = Path(file) if file else EVENTS / f"{step}.json"
    if not event.is_file():
        sys.stderr.write(f"there is no {event}; a step is one of functions/, such as batches/plan\n")
        return 2
    with ExitStack() as opened:
        client = _running() or _started(opened)
        done = client.invoke(FunctionName=_name(client, step), Payload=event.read_bytes())
        print(json.dumps(json.loads(done["Payload"].read()), indent=2))
        return int("FunctionError" in done)


def _running() -> Any:
    """Lambda of the stack that `make up` keeps; None if it runs none."""
    config = STATE.resolve() / "config.toml"
    endpoint = read(config).profiles["local"].aws_endpoint if config.exists() else None
    if endpoint is None:
        return None
    client = Endpoint(endpoint).client("lambda")
    try:
        client.list_functions(MaxItems=1)
    except EndpointConnectionError:
        return None
    return client


def _started(opened: ExitStack) -> Any:
    scratch = Path(mkdtemp(prefix="fanfold-invoke-"))
    return opened.enter_context(LocalStack(None, scratch)).cloud.client("lambda")


def _name(client: Any, step: str) -> str:
    functions = client.list_functions(MaxItems=100)["Functions"]
    return str(
        next(each["FunctionName"] for each in functions if each["Handler"] == f"{step.replace('/', '.')}.handler")
    )
