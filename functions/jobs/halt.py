"""An execution failed, timed out or was stopped: run its job again, or fail it."""

import json
from collections.abc import Callable

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from fanfold.batches.intake.takeover import BatchExecution
from fanfold.errors import Refused
from fanfold.forecasts.commands import halt_execution
from fanfold.forecasts.execution import ForecastExecution
from fanfold.jobs.halt import halt
from fanfold.observe import Event, logger, observed
from fanfold.ports import Ended
from fanfold.wiring import jobs as wiring

Halt = Callable[[str, Event, Ended], object]


def _batch(id: str, given: Event, ended: Ended) -> None:
    execution = BatchExecution(id=id, input=given)
    halt(execution.ref, id, ended, wiring.batches())


def _forecast(id: str, given: Event, ended: Ended) -> None:
    halt_execution(ForecastExecution(id=id, input=given), ended, wiring.forecasts())


HALTS: dict[str, Halt] = {"batch": _batch, "forecast": _forecast}
"""By state machine; that of writing has a step Halt of its own, and its sweeper finds executions that were stopped."""
"""By what the names of state machines end in."""


@observed("id")
def handler(event: Event, context: LambdaContext) -> None:
    detail = event["detail"]
    ended = Ended(detail["status"], detail.get("error") or "", detail.get("cause") or "")
    kind = detail["stateMachineArn"].rpartition("-")[2]
    try:
        HALTS[kind](detail["executionArn"], json.loads(detail.get("input") or "{}"), ended)
    except (Refused, ValidationError):  # an execution that was refused before it became a job
        logger.info("execution without a job", extra={"execution": detail["executionArn"], "cause": ended.cause})
