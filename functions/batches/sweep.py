"""Every five minutes: move on what a crash left lying."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.batches.sweep import sweep
from fanfold.observe import Event, count, observed


@observed("id")
def handler(event: Event, context: LambdaContext) -> Event:
    swept = sweep(wiring.batches())
    count(JobsOpen=swept.open, JobsRestarted=swept.started, JobsHalted=swept.halted)
    return swept.model_dump()
