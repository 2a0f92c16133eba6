"""What jobs and all others tell becomes webhooks; every minute, those that are due are tried again."""

from collections.abc import Callable

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.notify.kinds import read
from fanfold.notify.rounds import deliver_due
from fanfold.notify.spread import spread, spread_due
from fanfold.observe import Event, count, observed, report
from fanfold.wiring import notify as wiring

TICK = "Scheduled Event"
SPARE_MILLIS = 15_000
"""What a try may take, and more."""


@observed("id")
def handler(event: Event, context: LambdaContext) -> Event:
    name, backend = event["detail-type"], wiring.notify()
    if name == TICK:
        done = spread_due(backend, _time_of(context))
        done.add(deliver_due(backend, _time_of(context)))
    else:
        done = spread(read(name, event["detail"]), backend, _time_of(context))
    count(WebhooksDelivered=done.delivered, WebhooksFailed=done.failed)
    return report(done)


def _time_of(context: LambdaContext) -> Callable[[], bool]:
    return lambda: context.get_remaining_time_in_millis() > SPARE_MILLIS
