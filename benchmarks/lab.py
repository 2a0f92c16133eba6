"""A deployment where nothing happens by itself: each handler is run by hand, in an interpreter of its own.

The emulated cloud is up with the whole template, whose resources the handlers get, but for a bucket, a queue, a
function and a state machine that do nothing.
"""

import io
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

from local.cloud.deploy import ACCOUNT, REGION
from local.cloud.starter import SAME_FOR_ALL
from local.stack import PRELOADED, LocalStack

ROOT = Path(__file__).resolve().parents[1]
INVOCATION = ROOT / "benchmarks/invocation.py"
LEADING = os.pathsep.join([str(ROOT / "functions"), str(ROOT / "layers/core/python")])
TRAILING = os.pathsep.join(dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]))
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 86400, "End": True}}}
QUEUES = ("HIGH_WORK", "NORMAL_WORK", "LOW_WORK")
ERRANDS = ("START", "REMOVAL", "EXPORT", "JOURNAL_EXPORT")
IDLE = "def handler(event, context): pass\n"
MACHINES = ("BATCH_MACHINE_ARN", "FORECAST_MACHINE_ARN")
SAMPLED = "Root=1-6921ff2a-1b0f0a7f5c6d7e8f9a0b1c2d;Parent=1b0f0a7f5c6d7e8f;Sampled=1"


class Invoked(NamedTuple):
    """Some invocations of a function in one process; seconds and bytes."""

    function: str
    memory: int
    """MiB that the template gives it."""
    init: float
    cpu: list[float]
    wall: list[float]
    peak: int
    calls: list[dict[str, Any]]
    answer: Any
    log_bytes: int

    @property
    def first(self) -> float:
        """CPU of the start, the imports and the first invocation."""
        return self.init + self.cpu[0]


class Done(NamedTuple):
    """How a process ended; `said` is where it told what went wrong."""

    code: int
    said: bytes
    log_bytes: int


def _fresh(arguments: list[str], event: str, environment: dict[str, str]) -> Done:
    """An interpreter of its own, as Lambda has it."""
    handler, *rest = arguments
    command = [sys.executable, "-S", "-P", str(INVOCATION), handler, LEADING, TRAILING, *rest]
    done = subprocess.run(command, input=event.encode(), env=environment, capture_output=True, check=False)
    return Done(done.returncode, done.stderr, len(done.stdout))


class _Forked:
    """Forks of one interpreter that has imported what nearly all need; it ends with this process."""

    def __init__(self, scratch: Path) -> None:
        self._output = scratch / "output"
        modules = ",".join(PRELOADED)
        command = [sys.executable, "-S", "-P", str(INVOCATION), "--fork", LEADING, TRAILING, modules]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=SAME_FOR_ALL)

    def __call__(self, arguments: list[str], event: str, environment: dict[str, str]) -> Done:
        assert self._process.stdin
        assert self._process.stdout
        asked = {"arguments": arguments, "event": event, "environment": environment, "output": str(self._output)}
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline() or 1)
        said = self._output.read_bytes()
        return Done(code, said, len(said))


class Lab:
    """Handlers by the names of their golden events, `service/step`.

    One that is `tiny` forks their processes, which costs little and measures nothing.
    """

    def __init__(self, stack: LocalStack, scratch: Path, *, tiny: bool = False) -> None:
        self.stack, self._scratch = stack, scratch
        self._run = _Forked(scratch) if tiny else _fresh
        self._s3 = stack.cloud.client("s3")
        self._s3.create_bucket(Bucket="lab")
        queue = stack.cloud.client("sqs").create_queue(QueueName="lab")["QueueUrl"]
        states = stack.cloud.client("stepfunctions")
        role = states.describe_state_machine(stateMachineArn=stack.cloud.outputs["BatchMachineArn"])["roleArn"]
        waiting = states.create_state_machine(name="lab", definition=json.dumps(WAITING), roleArn=role)
        queues = dict.fromkeys((f"{name}_QUEUE_URL" for name in QUEUES), queue)
        _idle_function(stack.cloud.client("lambda"), role)
        errands = dict.fromkeys((f"{name}_FUNCTION" for name in ERRANDS), "lab")
        self._resources = (
            queues | errands | {"BUCKET_NAME": "lab", **dict.fromkeys(MACHINES, waiting["stateMachineArn"])}
        )
        functions = stack.cloud.client("lambda").list_functions(MaxItems=100)["Functions"]
        ours = [each for each in functions if each["FunctionName"] != "lab"]
        self.functions = {each["Handler"].removesuffix(".handler").replace(".", "/"): each for each in ours}

    def settings(self, **changed: Any) -> dict[str, str]:
        """The variable with the stack's settings, some of them changed."""
        return {"SETTINGS": json.dumps(json.loads(self.stack.cloud.parameters["Settings"]) | changed)}

    def put(self, key: str, body: bytes | Path) -> None:
        """Put an object where the handlers look for it, in parts if it is large."""
        if isinstance(body, Path):
            _uploads(self.stack.cloud.url).upload_file(str(body), "lab", key)
        else:
            self._s3.put_object(Bucket="lab", Key=key, Body=body)

    def forget(self, prefix: str) -> None:
        """Remove objects, which the emulated cloud holds in memory."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket="lab", Prefix=prefix):
            for each in page.get("Contents", []):
                self._s3.delete_object(Bucket="lab", Key=each["Key"])

    def invoke(
        self,
        step: str,
        event: dict[str, Any] | None = None,
        times: int = 1,
        environment: dict[str, str] | None = None,
        expected: str = "",
    ) -> Invoked:
        """Invoke a function in a fresh process, with its golden event or another. Raises RuntimeError if it fails.

        The `environment` goes before what the template says; an error of the `expected` name is an answer.
        """
        function, report = self.functions[step], self._scratch / "report.json"
        report.unlink(missing_ok=True)
        arguments = [function["Handler"], str(times), str(report), expected]
        done = self._run(arguments, json.dumps(event or golden(step)), self.environment(step) | (environment or {}))
        if done.code:
            raise RuntimeError(f"{step}: {done.said[-2000:].decode()}")
        found = json.loads(report.read_text())
        return Invoked(step, function["MemorySize"], **found, log_bytes=done.log_bytes)

    def environment(self, step: str) -> dict[str, str]:
        """The variables that the function gets."""
        function = self.functions[step]
        own: dict[str, str] = function.get("Environment", {}).get("Variables", {})
        return (
            own
            | self._resources
            | {
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": self.stack.cloud.url,
                "AWS_ACCESS_KEY_ID": ACCOUNT,
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_LAMBDA_FUNCTION_NAME": function["FunctionName"],
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
                "LAMBDA_TASK_ROOT": str(ROOT / "functions"),
                "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
                "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
                "_X_AMZN_TRACE_ID": SAMPLED,
            }
        )


def golden(step: str) -> dict[str, Any]:
    """The golden event of a step."""
    found: dict[str, Any] = json.loads((ROOT / "events" / f"{step}.json").read_text())
    return found


def _uploads(url: str) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "local"}
    return make("s3", endpoint_url=url, region_name=REGION, config=Config(s3={"addressing_style": "path"}), **keys)


def _idle_function(client: Any, role: str) -> None:
    """The function `lab`, which does nothing."""
    asked = {"FunctionName": "lab", "Runtime": "python3.13", "Role": role, "Handler": "idle.handler"}
    with suppress(client.exceptions.ResourceConflictException):  # several labs share a stack
        client.create_function(**asked, Code={"ZipFile": _zipped(IDLE)})


def _zipped(program: str) -> bytes:
    """A function's package with this program."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as files:
        files.writestr("idle.py", program)
    return package.getvalue()
