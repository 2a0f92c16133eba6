"""The HTTP API of a tenant's keys, quotas and audit log."""

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from fanfold.accounts.audit import AuditPage, AuditRange
from fanfold.accounts.keys import ApiKey, CreateKey, IssuedKey, RotateKey
from fanfold.api import Api
from fanfold.clock import utc_now
from fanfold.observe import Event, observed
from fanfold.quotas.usage import QuotaUsage, usage
from fanfold.replies import CreatedReply, NoReply, OkReply
from fanfold.wiring import shared as wiring

MOST_BYTES = 4096
app = Api(wiring.audit)


class KeyList(BaseModel):
    keys: list[ApiKey]


@app.get("/v1/keys")
def list_keys() -> OkReply[KeyList]:
    """List your tenant's keys, without the keys themselves."""
    return app.answer(KeyList(keys=list(wiring.api_keys().all(app.tenant()))))


@app.post("/v1/keys")
def create_key() -> CreatedReply[IssuedKey]:
    """Create a key; it is shown this once."""
    tenant = app.tenant()
    return app.created(wiring.api_keys().issue(tenant, app.body(CreateKey, MOST_BYTES)))


@app.delete("/v1/keys/<id>")
def revoke_key(id: str) -> NoReply:
    """Revoke a key at once."""
    wiring.api_keys().revoke(app.tenant(), id)
    return NoReply()


@app.post("/v1/keys/<id>/rotate")
def rotate_key(id: str) -> CreatedReply[IssuedKey]:
    """Replace a key; the old one works on for a while."""
    tenant = app.tenant()
    return app.created(wiring.api_keys().rotate(tenant, id, app.body(RotateKey, MOST_BYTES)))


@app.get("/v1/audit")
def show_audit() -> OkReply[AuditPage]:
    """List who changed what, newest first."""
    return app.answer(wiring.audit().page(app.tenant(), app.query(AuditRange)))


@app.get("/v1/usage")
def show_usage() -> OkReply[QuotaUsage]:
    """Show your quotas, and what is used of each."""
    return app.answer(usage(app.tenant(), wiring.quotas(), wiring.budgets(), wiring.storage(), utc_now))


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
