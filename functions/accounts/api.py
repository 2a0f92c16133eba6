"""The HTTP API of a tenant's keys, quotas and audit log."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from fanfold import wiring
from fanfold.accounts.audit import AuditRange
from fanfold.accounts.keys import ApiKey, CreateKey, RotateKey
from fanfold.api import Api
from fanfold.clock import utc_now
from fanfold.observe import Event, observed
from fanfold.quotas.usage import usage

MOST_BYTES = 4096
app = Api(wiring.audit)


class KeyList(BaseModel):
    keys: list[ApiKey]


@app.get("/v1/keys")
def list_keys() -> Response[str]:
    return app.answer(KeyList(keys=list(wiring.api_keys().all(app.tenant()))))


@app.post("/v1/keys")
def create_key() -> Response[str]:
    tenant = app.tenant()
    return app.answer(wiring.api_keys().issue(tenant, app.body(CreateKey, MOST_BYTES)), HTTPStatus.CREATED)


@app.delete("/v1/keys/<id>")
def revoke_key(id: str) -> Response[str]:
    wiring.api_keys().revoke(app.tenant(), id)
    return app.nothing(HTTPStatus.NO_CONTENT)


@app.post("/v1/keys/<id>/rotate")
def rotate_key(id: str) -> Response[str]:
    tenant = app.tenant()
    return app.answer(wiring.api_keys().rotate(tenant, id, app.body(RotateKey, MOST_BYTES)), HTTPStatus.CREATED)


@app.get("/v1/audit")
def show_audit() -> Response[str]:
    return app.answer(wiring.audit().page(app.tenant(), app.query(AuditRange)))


@app.get("/v1/usage")
def show_usage() -> Response[str]:
    return app.answer(usage(app.tenant(), wiring.quotas(), wiring.budgets(), wiring.storage(), utc_now))


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
