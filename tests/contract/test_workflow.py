"""What every `Workflow` does: the one in memory and Step Functions' adapter alike.

moto runs the state machine of this file, which ends as its input says or waits on a task token.
"""

import json
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from pydantic import BaseModel

from fanfold.aws.workflow import StepFunctions
from fanfold.errors import reason
from fanfold.ports import GONE, Ended, Workflow
from tests.fakes.moto_stack import Stack, client, deployed, queue
from tests.fakes.workflow import MemoryWorkflow

CAUSE = json.dumps({"errorMessage": "its input is empty", "errorType": "JobRefused"})
LOOKS = 5000
TOKENS = "https://sqs.eu-central-1.amazonaws.com/123456789012/HighWorkQueue"


class Order(BaseModel):
    """What the execution shall do."""

    to: str


class Rig(Protocol):
    """A workflow, and a hand on what it runs."""

    workflow: Workflow

    def arn(self, name: str) -> str: ...
    def inputs(self) -> dict[str, Any]: ...
    def run(self, name: str, to: str) -> str: ...
    def stop(self, arn: str) -> None: ...
    def token(self) -> str: ...
    def rest(self, arn: str) -> None: ...


class MemoryRig:
    def __init__(self) -> None:
        self.workflow = MemoryWorkflow()

    def arn(self, name: str) -> str:
        return self.workflow.arn(name)

    def inputs(self) -> dict[str, Any]:
        return {name: json.loads(text) for name, text in self.workflow.started.items()}

    def run(self, name: str, to: str) -> str:
        self.workflow.start(name, Order(to=to))
        ends = {"succeed": None, "fail": Ended("FAILED", "JobRefused", CAUSE)}
        if to in ends:
            self.workflow.ends[self.arn(name)] = ends[to]
        return self.arn(name)

    def stop(self, arn: str) -> None:
        self.workflow.ends[arn] = Ended("ABORTED", "Operator", "no longer needed")

    def token(self) -> str:
        self.workflow.waiting.add("token-1")
        return "token-1"

    def rest(self, arn: str) -> None:
        """Nothing here takes time."""


class StepFunctionsRig:
    def __init__(self, stack: Stack, tokens: str) -> None:
        self._client, self._stack, self._tokens = client("stepfunctions"), stack, tokens
        self.workflow = StepFunctions(self._client, lambda: stack.machine)

    def arn(self, name: str) -> str:
        return self._stack.execution(name)

    def inputs(self) -> dict[str, Any]:
        found = self._client.list_executions(stateMachineArn=self._stack.machine)["executions"]
        described = (self._client.describe_execution(executionArn=each["executionArn"]) for each in found)
        return {each["name"]: json.loads(each["input"]) for each in described}

    def run(self, name: str, to: str) -> str:
        self.workflow.start(name, Order(to=to))
        if to != "wait":
            self.rest(self.arn(name))
        return self.arn(name)

    def stop(self, arn: str) -> None:
        self._client.stop_execution(executionArn=arn, error="Operator", cause="no longer needed")
        self.rest(arn)

    def rest(self, arn: str) -> None:
        for _ in range(LOOKS):
            if self._client.describe_execution(executionArn=arn)["status"] != "RUNNING":
                return
        raise AssertionError("still running")

    def token(self) -> str:
        self.run("waiting", "wait")
        for _ in range(LOOKS):
            found = client("sqs").receive_message(QueueUrl=self._tokens).get("Messages", [])
            if found:
                token: str = json.loads(found[0]["Body"])["token"]
                return token
        raise AssertionError("no token")


def definition(tokens: str) -> dict[str, Any]:
    """A state machine that does what its input says."""
    choices = [{"Variable": "$.to", "StringEquals": to, "Next": to} for to in ("succeed", "fail")]
    message = {"QueueUrl": tokens, "MessageBody": {"token.$": "$$.Task.Token"}}
    wait = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": message}
    states = {
        "choose": {"Type": "Choice", "Choices": choices, "Default": "wait"},
        "succeed": {"Type": "Succeed"},
        "fail": {"Type": "Fail", "Error": "JobRefused", "Cause": CAUSE},
        "wait": wait | {"End": True},
    }
    return {"StartAt": "choose", "States": states}


@pytest.fixture(params=["memory", "stepfunctions"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Executions run for ever."""
    yield from _rig(request.param, executing=False)


@pytest.fixture(params=["memory", "stepfunctions"])
def running(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Executions do what their input says."""
    yield from _rig(request.param, executing=True)


def _rig(kind: str, *, executing: bool) -> Iterator[Rig]:
    if kind == "memory":
        yield MemoryRig()  # type: ignore[misc]
        return
    with deployed(executing=executing, definition=definition(TOKENS)) as stack:
        assert queue("HighWorkQueue") == TOKENS
        yield StepFunctionsRig(stack, TOKENS)  # type: ignore[misc]


def test_an_execution_starts_with_its_command(rig: Rig) -> None:
    rig.workflow.start("b1-1", Order(to="wait"))
    assert rig.inputs() == {"b1-1": {"to": "wait"}}


def test_a_second_start_under_the_name_does_nothing(rig: Rig) -> None:
    rig.workflow.start("b1-1", Order(to="wait"))
    rig.workflow.start("b1-1", Order(to="wait"))
    rig.workflow.start("b1-1", Order(to="succeed"))
    rig.workflow.start("b1-2", Order(to="wait"))
    assert rig.inputs() == {"b1-1": {"to": "wait"}, "b1-2": {"to": "wait"}}


def test_a_name_is_taken_even_when_its_execution_is_over(running: Rig) -> None:
    arn = running.run("b1-1", "fail")
    running.workflow.start("b1-1", Order(to="wait"))
    assert running.inputs() == {"b1-1": {"to": "fail"}}
    assert running.workflow.ended(arn) is not None


def test_what_runs_has_not_ended(rig: Rig) -> None:
    assert rig.workflow.ended(rig.run("b1-1", "wait")) is None


def test_what_succeeded_has_not_ended_badly(running: Rig) -> None:
    assert running.workflow.ended(running.run("b1-1", "succeed")) is None


def test_what_failed_has_ended_with_its_reason(running: Rig) -> None:
    ended = running.workflow.ended(running.run("b1-1", "fail"))
    assert ended == ("FAILED", "JobRefused", CAUSE)
    assert reason(ended.error, ended.cause) == "its input is empty"


def test_what_was_stopped_has_ended(rig: Rig) -> None:
    arn = rig.run("b1-1", "wait")
    rig.stop(arn)
    ended = rig.workflow.ended(arn)
    assert ended is not None
    assert ended.status == "ABORTED"


def test_what_is_gone_has_ended(rig: Rig) -> None:
    ended = rig.workflow.ended(rig.arn("never-started"))
    assert ended is not None
    assert ended.status == GONE


def test_an_execution_is_known_by_its_name_too(running: Rig) -> None:
    for name, to in (("b1-1", "fail"), ("b1-2", "succeed")):
        assert running.workflow.ended(name) == Ended(GONE, "States.ExecutionDoesNotExist", "the execution is gone")
        assert running.workflow.ended(running.run(name, to)) == running.workflow.ended(name)


def test_a_waiting_token_is_woken_once(running: Rig) -> None:
    token = running.token()
    assert running.workflow.wake(token)
    running.rest(running.arn("waiting"))
    assert not running.workflow.wake(token)


@pytest.mark.parametrize("token", ["unknown", "x" * 500])
def test_a_token_that_nobody_waits_on_is_not_woken(running: Rig, token: str) -> None:
    assert not running.workflow.wake(token)


@pytest.mark.parametrize("name", ["", "a" * 81, "a b", "ä"])
def test_the_workflow_in_memory_refuses_names_that_step_functions_would_and_moto_does_not(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        MemoryWorkflow().start(name, Order(to="succeed"))
