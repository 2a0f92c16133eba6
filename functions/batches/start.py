"""Start the execution of an accepted job."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.jobs.identity import Begin
from fanfold.jobs.life_cycle import start_execution
from fanfold.observe import Event, observed
from fanfold.wiring import batches as wiring


@observed()
def handler(event: Event, context: LambdaContext) -> None:
    start_execution(Begin.load(event), wiring.batches().workflow)
