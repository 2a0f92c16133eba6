"""Step Functions: https://docs.aws.amazon.com/step-functions/latest/apireference/."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import BaseModel

from fanfold.ports import GONE, Ended

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

WELL = frozenset({"RUNNING", "SUCCEEDED", "PENDING_REDRIVE"})


class StepFunctions:
    """One Standard state machine: an execution's name is taken for 90 days. Its ARN is asked for at the first call."""

    def __init__(self, client: "SFNClient", machine: Callable[[], str]) -> None:
        self._client, self._machine = client, machine

    def start(self, name: str, command: BaseModel) -> None:
        try:
            self._client.start_execution(stateMachineArn=self._machine(), name=name, input=command.model_dump_json())
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def ended(self, execution: str) -> Ended | None:
        try:
            found = self._client.describe_execution(executionArn=self._arn(execution))
        except self._client.exceptions.ExecutionDoesNotExist:
            return Ended(GONE, "States.ExecutionDoesNotExist", "the execution is gone")
        if found["status"] in WELL:
            return None
        return Ended(found["status"], found.get("error", ""), found.get("cause", ""))

    def _arn(self, execution: str) -> str:
        executions = self._machine().replace(":stateMachine:", ":execution:")
        return execution if execution.startswith("arn:") else f"{executions}:{execution}"

    def stop(self, execution: str) -> None:
        with suppress(self._client.exceptions.ExecutionDoesNotExist, self._client.exceptions.ValidationException):
            self._client.stop_execution(executionArn=self._arn(execution))

    def wake(self, token: str) -> bool:
        try:
            self._client.send_task_success(taskToken=token, output="{}")
        except (
            self._client.exceptions.TaskDoesNotExist,
            self._client.exceptions.TaskTimedOut,
            self._client.exceptions.InvalidToken,
        ):
            return False
        return True
