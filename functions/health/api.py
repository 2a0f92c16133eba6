"""GET /v1/health for anybody; GET /v1/health/details for tenants; and a problem document for what no route takes."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.api import Api
from fanfold.health import Health
from fanfold.observe import Event, observed
from fanfold.replies import OkReply

app = Api()


@app.get("/v1/health")
def health() -> OkReply[Health]:
    """Say that the service runs."""
    return app.answer(Health(status="ok", version=wiring.settings().version))


@app.get("/v1/health/details")
def details() -> OkReply[Health]:
    """Ask everything that the service stands on."""
    app.tenant()
    return app.answer(wiring.health())


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
