"""State machine `writing`: the step that the event names: outline, section, stitch, render, halt or remove."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.observe import Event, logger, observed
from fanfold.wiring import writing as wiring
from fanfold.writing.steps import run


def _report(provider: str, error: Exception) -> None:
    logger.warning("left at its provider", extra={"provider": provider, "error": str(error)})


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    return run(event, wiring.writing(), _report)
