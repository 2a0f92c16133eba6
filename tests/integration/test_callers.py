"""Every route and everybody who may ask it: without a key, with a bad one, of another tenant, of each role, by token.

Each cell goes through the authorizer and then through the API, as a call does. What a caller may do is written here
once more, by hand, apart from the table that the product goes by.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold.accounts.permissions import OPEN
from fanfold.wiring import entrance
from tests.fakes.issuer import AUDIENCE, Issuer
from tests.integration.conftest import golden
from tests.integration.test_access import api_of
from tests.template.stack import routes

Invoke = Callable[..., Any]
Answers = Callable[..., list[Any]]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")
ROUTES = sorted(routes())
OPEN_TO_ALL = OPEN - {"$default"}
OWNERS_ALONE = {
    "PUT /v1/budget",
    "GET /v1/audit",
    "GET /v1/keys",
    "POST /v1/keys",
    "DELETE /v1/keys/{id}",
    "POST /v1/keys/{id}/rotate",
    "GET /v1/webhooks",
    "POST /v1/webhooks",
    "GET /v1/webhooks/{id}",
    "PATCH /v1/webhooks/{id}",
    "DELETE /v1/webhooks/{id}",
    "POST /v1/webhooks/{id}/rotate",
    "POST /v1/webhooks/{id}/test",
    "GET /v1/webhooks/{id}/deliveries",
    "POST /v1/webhooks/{id}/deliveries/{event}/replay",
}
ASKED_BY_POST = {"POST /v1/batches/estimate", "POST /v1/logs/exports"}
NOBODY = ("no key", "no scheme", "wrong", "revoked", "expired", "suspended", "operator", "forged token", "stale token")
ROLES = ("viewer", "editor", "owner")
CALLERS = (*NOBODY, *ROLES, "token of a viewer", "token of an editor", "token of an owner", "other tenant")
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20261130/eu-central-1/execute-api/aws4_request, SignedHeaders=host"
"""An operator has AWS's permissions and no key: they invoke functions, and are nobody to the API."""


@pytest.fixture
def headers(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """The Authorization header of each caller. `acme` is whose things are asked for."""
    issuer, now = Issuer(), datetime.now(UTC)
    monkeypatch.setenv("OIDC_ISSUER", issuer.url)
    monkeypatch.setenv("OIDC_AUDIENCE", AUDIENCE)
    monkeypatch.setattr(entrance, "fetched", issuer.fetch)

    def issued(tenant: str = "acme", **wanted: Any) -> dict[str, str]:
        found: dict[str, str] = invoke("accounts.admin", {"command": "issue_key", "tenant": tenant} | wanted)
        return found

    for tenant in ("acme", "other", "gone"):
        invoke("accounts.admin", {"command": "create_tenant", "tenant": tenant})
    revoked = issued(role="owner")
    invoke("accounts.admin", {"command": "revoke_key", "tenant": "acme", "id": revoked["id"]})
    expired = issued(role="owner")
    rotate = {"command": "rotate_key", "tenant": "acme", "id": expired["id"], "overlap_hours": 0}
    invoke("accounts.admin", rotate)
    suspended = issued("gone")
    invoke("accounts.admin", {"command": "suspend_tenant", "tenant": "gone"})
    keys = {
        "no key": None,
        "no scheme": issued(role="owner")["key"],
        "wrong": f"Bearer ff_acme_{'x' * 43}",
        "revoked": f"Bearer {revoked['key']}",
        "expired": f"Bearer {expired['key']}",
        "suspended": f"Bearer {suspended['key']}",
        "operator": SIGNED,
        "forged token": f"Bearer {Issuer().token(now, role='owner')}",
        "stale token": f"Bearer {issuer.token(now, role='owner', exp=now - timedelta(hours=1))}",
        "other tenant": f"Bearer {issued('other', role='owner')['key']}",
    }
    keys |= {role: f"Bearer {issued(role=role)['key']}" for role in ROLES}
    tokens = {"viewer": "token of a viewer", "editor": "token of an editor", "owner": "token of an owner"}
    return keys | {name: f"Bearer {issuer.token(now, role=role)}" for role, name in tokens.items()}


def call(route: str, authorization: str | None, id: str = "x", body: str | None = "{not json") -> dict[str, Any]:
    """A call with a body that is no good: nothing of it is read before the caller may ask."""
    method, path = route.split(" ")
    event = golden("batches.api") | {"body": body, "queryStringParameters": None}
    event["rawPath"] = event["requestContext"]["http"]["path"] = re.sub(r"\{[^}]*\}", id, path)
    event["requestContext"]["http"]["method"] = method
    event["headers"] = {"Authorization": authorization} if authorization else {}
    return event


def statuses(answers: Answers, calls: list[tuple[str, dict[str, Any]]]) -> list[int]:
    """What these calls of routes are answered: all go through the authorizer, and then through their APIs."""
    guarded = [event for route, event in calls if route not in OPEN]
    contexts = iter(answers("accounts.authorize", *guarded))
    asked = defaultdict[str, list[int]](list)
    for number, (route, event) in enumerate(calls):
        context = next(contexts)["context"] if route not in OPEN else {}
        event["headers"] = {name.lower(): value for name, value in event["headers"].items()}
        event["requestContext"] |= {"authorizer": {"lambda": context}}
        path = route.partition(" ")[2]
        asked["batches.provider_webhook" if "/providers/" in path else api_of(path)].append(number)
    found: dict[int, int] = {}
    for api, numbers in asked.items():
        for number, answer in zip(numbers, answers(api, *(calls[each][1] for each in numbers)), strict=True):
            assert "body" not in answer or answer["statusCode"] < 400 or json.loads(answer["body"])["status"]
            found[number] = answer["statusCode"]
    return [found[number] for number in range(len(calls))]


def wanted(route: str, caller: str) -> Iterator[int]:
    """The statuses that a cell may have; a caller who may ask is told what is wrong with the question."""
    if route in OPEN_TO_ALL:
        yield from (200, 404)
    elif caller in NOBODY:
        yield 401
    elif not _may(caller, route):
        yield 403
    else:
        yield from (200, 204, 302, 400, 404, 409)


def _may(caller: str, route: str) -> bool:
    if caller.endswith("owner") or caller == "other tenant":
        return True
    reads = route.startswith("GET ") or route in ASKED_BY_POST
    return route not in OWNERS_ALONE and (reads or caller.endswith("editor"))


def test_every_route_answers_every_caller_as_it_should(answers: Answers, headers: dict[str, str | None]) -> None:
    assert set(headers) == set(CALLERS)
    table = [(route, caller) for route in ROUTES for caller in CALLERS]
    found = statuses(answers, [(route, call(route, headers[caller])) for route, caller in table])
    cells = dict(zip(table, found, strict=True))
    wrong = {cell: found for cell, found in cells.items() if found not in set(wanted(*cell))}
    assert wrong == {}
    assert len(cells) > 900


def test_what_one_tenant_has_is_not_there_for_another(
    invoke: Invoke, answers: Answers, headers: dict[str, str | None]
) -> None:
    def status(route: str, caller: str, id: str) -> int:
        return statuses(answers, [(route, call(route, headers[caller], id, None))])[0]

    ids = {
        "batches": json.loads(invoke("batches.api")["body"])["id"],
        "forecasts": json.loads(invoke("forecasts.api")["body"])["id"],
        "sessions": json.loads(invoke("writing.api")["body"])["id"],
        "logs": json.loads(invoke("journal.api")["body"])["ids"][0],
        "keys": invoke("accounts.admin", {"command": "list_keys", "tenant": "acme"})["keys"][0]["id"],
    }
    named = [route for route in ROUTES if route.count("{") == 1 and route.split("/")[2] in ids]
    steered = [route for route in named if not route.startswith(("PUT", "PATCH")) and "streams" not in route]
    assert len(steered) > 25
    for route in sorted(steered, key=lambda route: route.startswith("DELETE")):
        id = ids[route.split("/")[2]]
        assert (route, status(route, "other tenant", id)) in ((route, 404), (route, 400))
        if route.startswith("GET"):
            assert (route, status(route, "other tenant", id)) == (route, 404)
            assert (route, status(route, "owner", id)) != (route, 401)
    for route in (
        "GET /v1/batches/{job}",
        "GET /v1/forecasts/{job}",
        "GET /v1/sessions/{session}",
        "GET /v1/logs/{id}",
    ):
        assert status(route, "viewer", ids[route.split("/")[2]]) == 200
