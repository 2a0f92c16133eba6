"""GET /v1/health for anybody; GET /v1/health/details for tenants; and a problem document for what no route takes."""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.api import Api
from fanfold.health import Health
from fanfold.observe import Event, observed

app = Api(wiring.audit)


@app.get("/v1/health")
def health() -> Response[str]:
    return app.answer(Health(status="ok", version=wiring.settings().version))


@app.get("/v1/health/details")
def details() -> Response[str]:
    app.tenant()
    return app.answer(wiring.health())


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
