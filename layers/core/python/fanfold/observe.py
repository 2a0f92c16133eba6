"""Logs and metrics, the same for every handler.

Logs are JSON lines that carry the correlation id of the request a job came with, from the API to the last worker.
"""

import warnings
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.sweeping import SweepRound

Event = dict[str, Any]
Handler = Callable[[Event, LambdaContext], Any]

logger = Logger()
metrics = Metrics(namespace="Fanfold")
"""Both carry the name of the stack (`POWERTOOLS_SERVICE_NAME`), so that the stages of one account stay apart."""
warnings.filterwarnings("ignore", message="No application metrics to publish")  # most invocations count nothing


def observed(correlation_id_path: str = "correlation_id") -> Callable[[Handler], Handler]:
    """A handler under Powertools' decorators; the path (JMESPath) finds the correlation id in its event.

    X-Ray gets Lambda's own segments. Its SDK would add one for each call to AWS, and .19 s of CPU to every cold start.
    """

    def decorate(handler: Handler) -> Handler:
        measured = metrics.log_metrics(handler)
        logged: Handler = logger.inject_lambda_context(
            measured, correlation_id_path=correlation_id_path, clear_state=True
        )
        return logged

    return decorate


def report(swept: SweepRound) -> dict[str, Any]:
    """Log and count what a sweeper could not move on; answers the round for its caller."""
    for failure in swept.failures:
        logger.error("not swept", extra={"failure": failure.model_dump()})
    count(SweepFailures=len(swept.failures))
    return swept.model_dump(exclude={"failures"}) | {"failed_items": len(swept.failures)}


def count(**figures: int) -> None:
    """Add to metrics of these names. A metric costs .30 dollars in a month in which it is told of, so zeros are not."""
    for name, figure in figures.items():
        if figure:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=figure)
