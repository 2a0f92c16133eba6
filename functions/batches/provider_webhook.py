"""The HTTP API for providers: events that say a batch has ended, known by their signatures."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.api import Api
from fanfold.batches.model.shard import Shard
from fanfold.batches.provider_webhook import (
    MOST_BYTES,
    ProviderEvent,
    TakenEvent,
    signing_secret,
    take_provider_event,
)
from fanfold.observe import Event, count, logger, observed
from fanfold.replies import AcceptedReply
from fanfold.wiring import batches as wiring

app = Api(wiring.audit)


def _report(shard: Shard, error: Exception) -> None:
    logger.warning("shard not looked at", extra={"job": shard.job, "shard": shard.number, "error": str(error)})


@app.post("/v1/providers/<provider>/events")
def events(provider: str) -> AcceptedReply[TakenEvent]:
    """Take a provider's signed event."""
    secret = signing_secret(provider, wiring.provider_keys().webhook)
    event = ProviderEvent(provider=provider, headers=app.current_event.headers, body=app.raw(MOST_BYTES))
    taken = take_provider_event(event, secret, wiring.batches(), _report)
    count(ProviderEvents=1)
    return app.accepted(taken)


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
