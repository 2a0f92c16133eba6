"""Logs, metrics and traces, the same for every handler.

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

logger = Logger(service="fanfold")
metrics = Metrics(namespace="Fanfold", service="fanfold")
warnings.filterwarnings("ignore", message="No application metrics to publish")  # most invocations count nothing


def observed(correlation_id_path: str = "correlation_id", *, traced: bool = True) -> Callable[[Handler], Handler]:
    """A handler under Powertools' three decorators; the path (JMESPath) finds the correlation id in its event.

    One that is not `traced` has Lambda's own segments in X-Ray, and not the SDK, whose import costs .15 s of CPU.
    """

    def decorate(handler: Handler) -> Handler:
        inner = _traced(handler) if traced else handler
        measured = metrics.log_metrics(inner, capture_cold_start_metric=True)
        logged: Handler = logger.inject_lambda_context(
            measured, correlation_id_path=correlation_id_path, clear_state=True
        )
        return logged

    return decorate


def _traced(handler: Handler) -> Handler:
    from aws_lambda_powertools import Tracer

    found: Handler = Tracer(service="fanfold").capture_lambda_handler(handler, capture_response=False)
    return found


def report(swept: SweepRound) -> dict[str, Any]:
    """Log and count what a sweeper could not move on; answers the round for its caller."""
    for failure in swept.failures:
        logger.error("not swept", extra={"failure": failure.model_dump()})
    count(SweepFailures=len(swept.failures))
    return swept.model_dump(exclude={"failures"}) | {"failed_items": len(swept.failures)}


def count(**figures: int) -> None:
    """Add to metrics of these names."""
    for name, figure in figures.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=figure)
