"""The authorizer of every route but health.

It lets everybody through and says who they are, or what is wrong with their key: a gateway's own denial could
not carry a problem document.
"""

from math import ceil

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.accounts.audit import Act
from fanfold.accounts.callers import authorization, caller_of
from fanfold.accounts.keys import Identity
from fanfold.errors import Unauthorized
from fanfold.observe import Event, count, observed
from fanfold.wiring import entrance


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    headers = {name.lower(): value for name, value in event["headers"].items()}
    try:
        said = _said(_caller(authorization(headers, event["routeKey"])))
    except Unauthorized as error:
        said = {"refused": error.detail}
        if error.known:
            entrance.audit().deny(_act(*error.known, event), error.status)
        else:
            count(KeysRefused=1)
    return {"isAuthorized": True, "context": said}


def _caller(authorization: str | None) -> Identity:
    return caller_of(authorization, entrance.api_keys(), entrance.tenants(), entrance.tokens())


def _said(caller: Identity) -> dict[str, str]:
    most = caller.calls_per_minute
    wait = entrance.pace().wait(caller.tenant, most) if most else 0.0
    return caller.context() | ({"throttled": str(ceil(wait))} if wait else {})


def _act(tenant: str, key_id: str, event: Event) -> Act:
    asked, http = event["requestContext"], event["requestContext"]["http"]
    return Act(
        tenant=tenant,
        who=key_id,
        what=event["routeKey"].replace("ANY", http["method"]),
        request=asked["requestId"],
        path=http["path"],
        source=http["sourceIp"],
        agent=http.get("userAgent", ""),
    )
