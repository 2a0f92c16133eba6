"""An execution of `batch` failed, timed out or was stopped: run the job again, or fail it."""

import json

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from fanfold import wiring
from fanfold.batches.admit import Execution
from fanfold.batches.halt import halt
from fanfold.errors import Refused
from fanfold.observe import Event, logger, observed
from fanfold.ports import Ended


@observed("id")
def handler(event: Event, context: LambdaContext) -> None:
    detail = event["detail"]
    ended = Ended(detail["status"], detail.get("error") or "", detail.get("cause") or "")
    try:
        execution = Execution(id=detail["executionArn"], input=json.loads(detail.get("input") or "{}"))
        halt(execution.ref, execution.id, ended, wiring.batches())
    except (Refused, ValidationError):  # a console execution that was refused before it became a job
        logger.info("execution without a job", extra={"execution": detail["executionArn"], "cause": ended.cause})
