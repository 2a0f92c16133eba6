"""The HTTP API of webhooks: endpoints, their secrets, and what was delivered to them."""

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from fanfold.api import Api
from fanfold.notify.deliver import list_deliveries, replay
from fanfold.notify.delivery import Delivery, DeliveryFilters, DeliveryPage
from fanfold.notify.endpoint import (
    ChangeEndpoint,
    CreateEndpoint,
    IssuedEndpoint,
    IssuedSecret,
    RotateSecret,
    WebhookEndpoint,
)
from fanfold.notify.spread import ping
from fanfold.observe import Event, observed
from fanfold.replies import CreatedReply, NoReply, OkReply
from fanfold.wiring import notify as wiring

MOST_BYTES = 65_536
app = Api(wiring.audit)


class EndpointList(BaseModel):
    webhooks: list[WebhookEndpoint]


@app.get("/v1/webhooks")
def list_webhooks() -> OkReply[EndpointList]:
    """List your webhooks, without their secrets."""
    return app.answer(EndpointList(webhooks=list(wiring.notify().endpoints.all(app.tenant()))))


@app.post("/v1/webhooks")
def create_webhook() -> CreatedReply[IssuedEndpoint]:
    """Create a webhook; its secret is shown this once."""
    body = app.body(CreateEndpoint, MOST_BYTES)
    made = wiring.notify().endpoints.create(app.tenant(), body)
    return app.created(made, f"/v1/webhooks/{made.id}")


@app.get("/v1/webhooks/<id>")
def show_webhook(id: str) -> OkReply[WebhookEndpoint]:
    """Show a webhook."""
    return app.answer(wiring.notify().endpoints.get(app.tenant(), id))


@app.patch("/v1/webhooks/<id>")
def change_webhook(id: str) -> OkReply[WebhookEndpoint]:
    """Change a webhook, or let one go on that was disabled."""
    body = app.body(ChangeEndpoint, MOST_BYTES)
    return app.answer(wiring.notify().endpoints.change(app.tenant(), id, body))


@app.delete("/v1/webhooks/<id>")
def delete_webhook(id: str) -> NoReply:
    """Delete a webhook; what it was not told yet it is not told."""
    wiring.notify().endpoints.remove(app.tenant(), id)
    return NoReply()


@app.post("/v1/webhooks/<id>/rotate")
def rotate_secret(id: str) -> OkReply[IssuedSecret]:
    """Replace the secret of a webhook, or of `callbacks`; deliveries carry both signatures for a while."""
    body = app.body(RotateSecret, MOST_BYTES)
    return app.answer(wiring.notify().endpoints.rotate(app.tenant(), id, body))


@app.post("/v1/webhooks/<id>/test")
def test_webhook(id: str) -> OkReply[Delivery]:
    """Send a test event to a webhook, and say what came of it."""
    return app.answer(ping(app.tenant(), id, app.act().request, wiring.notify()).shown())


@app.get("/v1/webhooks/<id>/deliveries")
def show_deliveries(id: str) -> OkReply[DeliveryPage]:
    """List what was delivered to a webhook, or to `callbacks`, newest first."""
    return app.answer(list_deliveries(app.tenant(), id, app.query(DeliveryFilters), wiring.notify()))


@app.post("/v1/webhooks/<id>/deliveries/<event>/replay")
def replay_delivery(id: str, event: str) -> OkReply[Delivery]:
    """Deliver an event once more, and say what came of it."""
    return app.answer(replay(app.tenant(), id, event, wiring.notify()).shown())


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
