"""Whether the service runs, what it offers, and a problem document for what no route takes."""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from fanfold import described
from fanfold.api import Api
from fanfold.health import Health
from fanfold.observe import Event, observed
from fanfold.replies import OkReply
from fanfold.wiring import health as wiring

CACHED = {"Cache-Control": "public, max-age=300"}
app = Api(wiring.audit)


class Welcome(BaseModel):
    """What is here."""

    name: str = "Fanfold"
    version: str
    docs: str = "docs"
    openapi: str = "v1/openapi.json"
    health: str = "v1/health"


@app.get("/")
def welcome() -> OkReply[Welcome]:
    """Say what is here: links, as seen from this path."""
    return app.answer(Welcome(version=wiring.settings().version))


@app.get("/docs")
def docs() -> Response[str]:
    """Show this description as a page."""
    return Response(200, "text/html; charset=utf-8", described.docs(), CACHED)


@app.get("/v1/openapi.json")
def openapi() -> Response[str]:
    """Show this description."""
    return Response(200, "application/json", described.openapi(), CACHED)


@app.get("/v1/health")
def health() -> OkReply[Health]:
    """Say that the service runs."""
    return app.answer(Health(status="ok", version=wiring.settings().version))


@app.get("/v1/health/details")
def details() -> OkReply[Health]:
    """Ask everything that the service stands on, and each provider that there is a key for, once a minute."""
    return app.answer(wiring.health(app.tenant()))


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
