"""State machine `forecast`, first step: take the job over and cut its portfolio into chunks."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.forecasts.execution import ForecastExecution
from fanfold.forecasts.plan import plan
from fanfold.observe import Event, observed
from fanfold.wiring import forecasts as wiring


@observed("input.correlation_id")
def handler(event: Event, context: LambdaContext) -> Event:
    return plan(ForecastExecution.model_validate(event), wiring.forecasts()).model_dump()
