"""Invocations of one handler in a fresh interpreter, as Lambda makes them; `benchmarks.lab` runs it.

    python -S -P invocation.py HANDLER LEADING TRAILING TIMES REPORT < event.json

With `--fork LEADING TRAILING MODULES` in place of these it imports the modules and then forks a process for each line
of its standard input, which for a tiny run is a tenth of the CPU; what such a process says of its start means nothing.

Writes REPORT: CPU seconds of the interpreter's start and the imports, CPU and wall seconds of each invocation, the
most memory it held, and its calls to AWS with the sizes that are billed.
"""

import io
import json
import os
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "L", "M"})
"""DynamoDB's names of types, which stand before every value and are not billed."""


class Context:
    """What Powertools asks of Lambda's context."""

    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    function_version = "$LATEST"
    invoked_function_arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function_name}"
    memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
    aws_request_id = "5d9a1f0e-52b5-4a1c-9d5e-3c1f6f0f9a11"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def main() -> None:
    if sys.argv[1] == "--fork":
        _fork(*sys.argv[2:5])
    else:
        handler, leading, trailing, times, report, expected = sys.argv[1:7]
        _extend_path(leading, trailing)
        _invoke(handler, times, report, expected)


def _extend_path(leading: str, trailing: str) -> None:
    sys.path[:0] = leading.split(os.pathsep)
    sys.path.extend(trailing.split(os.pathsep))


def _fork(leading: str, trailing: str, modules: str) -> None:
    """A process for each line; on standard output its exit code."""
    _extend_path(leading, trailing)
    for module in modules.split(","):
        import_module(module)
    sys.path.append(str(ROOT))
    import_module("local.cloud.worker").read_models()
    sys.path.remove(str(ROOT))
    for line in sys.stdin:
        asked = json.loads(line)
        if pid := os.fork():
            os.write(1, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        else:
            _become(asked)


def _become(asked: dict[str, Any]) -> None:
    output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for each in (1, 2):
        os.dup2(output, each)
    sys.stdin = io.StringIO(asked["event"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    code = 1
    try:
        _invoke(*asked["arguments"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _invoke(handler: str, times: str, report: str, expected: str) -> None:
    event = json.load(sys.stdin)
    handle = import_module(handler.removesuffix(".handler")).handler
    found: dict[str, Any] = {"init": time.process_time(), "calls": _recorded(), "cpu": [], "wall": []}
    for _ in range(int(times)):
        cpu, wall = time.process_time(), time.monotonic()
        try:
            found["answer"] = handle(event, Context())
        except Exception as error:
            if type(error).__name__ != expected:
                raise
            found["answer"] = expected
        found["cpu"].append(time.process_time() - cpu)
        found["wall"].append(time.monotonic() - wall)
    found["peak"] = peak()
    Path(report).write_text(json.dumps(found, default=str))


def peak() -> int:
    """The most memory this process held, in bytes: unlike `ru_maxrss`, without what its parent held before exec."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def _recorded() -> list[dict[str, Any]]:
    """The calls that boto3's clients make from now on."""
    import boto3

    calls: list[dict[str, Any]] = []
    if not boto3.DEFAULT_SESSION:
        boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    events = session.events

    def asked(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append({"call": f"{model.service_model.service_name}.{model.name}"} | _sizes(params))

    def answered(parsed: dict[str, Any], **_: Any) -> None:
        if items := parsed.get("Items"):
            calls[-1]["bytes"] = sum(map(_size, items))
        if found := parsed.get("Responses"):
            calls[-1]["reads"] = [_size(item) for items in found.values() for item in items]
        if item := parsed.get("Attributes") or parsed.get("Item"):
            calls[-1] |= {"bytes": _size(item), "indexes": _indexes(item)}

    events.register("provide-client-params.*.*", asked)
    events.register("after-call.*.*", answered)
    return calls


def _sizes(params: dict[str, Any]) -> dict[str, Any]:
    """What is billed of a call: the items that it touches, how large they and its message are."""
    if body := params.get("MessageBody"):
        return {"bytes": len(body)}
    if changes := params.get("TransactItems"):
        updates = [change["Update"] for change in changes if "Update" in change]
        sizes = [_size([update["Key"], update["ExpressionAttributeValues"]]) for update in updates]
        return {"writes": sizes, "deletes": len(changes) - len(updates)}
    key = params.get("Key")
    return {"key": [part["S"] for part in key.values()]} if isinstance(key, dict) else {}


def _indexes(item: dict[str, Any]) -> dict[str, Any]:
    """The item's place in each index that has it."""
    sorts = {"listing": "listed", "open": "open_since"}
    return {name: [item[name]["S"], item[sort]["S"]] for name, sort in sorts.items() if name in item and sort in item}


def _size(value: Any) -> int:
    """An item or attribute as DynamoDB counts it, to a few bytes."""
    if isinstance(value, dict):
        return sum((0 if name in TYPES else len(name)) + _size(each) for name, each in value.items())
    if isinstance(value, list):
        return 3 + sum(map(_size, value))
    return len(value) if isinstance(value, str | bytes) else 1


if __name__ == "__main__":
    main()
