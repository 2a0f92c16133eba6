"""State machine `batch`, first step: take the job over and plan it."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.plan.plan import plan
from fanfold.observe import Event, observed
from fanfold.wiring import batches as wiring


@observed("input.correlation_id")
def handler(event: Event, context: LambdaContext) -> Event:
    return plan(BatchExecution.model_validate(event), wiring.batches()).model_dump()
