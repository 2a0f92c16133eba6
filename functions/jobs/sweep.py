"""Every five minutes: move on what a crash left lying, of every kind of job. One kind's trouble stops no other's."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.batches.sweep import sweep
from fanfold.observe import Event, logger, observed
from fanfold.portfolios import life

SWEEPS = {"batches": lambda: sweep(wiring.batches()), "forecasts": lambda: life.sweep(wiring.portfolios())}


@observed("id")
def handler(event: Event, context: LambdaContext) -> Event:
    swept, troubles = {}, []
    for kind, round in SWEEPS.items():
        try:
            swept[kind] = round().model_dump()
        except Exception as error:
            logger.exception("sweep", extra={"kind": kind})
            troubles.append(error)
    if troubles:
        raise ExceptionGroup("some sweeps broke off", troubles)
    return swept
