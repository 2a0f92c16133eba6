"""Who may use which route: without a key, as a viewer, with a key for another service; and the life of keys."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from fanfold.accounts.permissions import OPEN, PREFIXES, Role, needed
from fanfold.api import WITH_QUERY
from tests.integration.conftest import golden, said_of
from tests.template.stack import routes

Invoke = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")
ROUTES = sorted(set(routes()) - OPEN)
APIS = {
    "batches": "batches",
    "uploads": "batches",
    "defaults": "batches",
    "dlq": "batches",
    "budget": "batches",
    "providers": "batches",
}
APIS |= {"forecasts": "forecasts", "sessions": "writing", "jobs": "writing", "results": "writing", "logs": "journal"}
APIS |= {"stats": "stats", "metrics": "stats", "keys": "accounts", "health": "health"}


def asked(
    invoke: Invoke, route: str, context: dict[str, str], body: str = "{not json", query: dict[str, str] | None = None
) -> dict[str, Any]:
    """The answer to a route, with a body that nothing should read."""
    method, path = route.split(" ")
    event = golden("batches.api") | {"routeKey": route, "body": body}
    event["rawPath"] = event["requestContext"]["http"]["path"] = re.sub(r"\{[^}]*\}", "x", path)
    event["requestContext"]["http"]["method"] = method
    event["queryStringParameters"] = query
    event["requestContext"] |= {"routeKey": route, "authorizer": {"lambda": context}}
    event["pathParameters"] = {name.strip("+"): "x" for name in re.findall(r"\{([^}]*)\}", path)}
    answer: dict[str, Any] = invoke(f"{APIS[path.split('/')[2]]}.api", event)
    return answer


@pytest.mark.parametrize("route", ROUTES)
def test_each_route_asks_for_a_key_before_it_reads_anything(invoke: Invoke, route: str) -> None:
    answer = asked(invoke, route, {"refused": "nobody has this key"})
    assert (answer["statusCode"], json.loads(answer["body"])["detail"]) == (401, "nobody has this key")
    least, services = needed(route)
    if least is not Role.VIEWER:
        assert asked(invoke, route, said_of("acme", "viewer"))["statusCode"] == 403
    if least is Role.OWNER:
        assert asked(invoke, route, said_of("acme", "editor"))["statusCode"] == 403
    other = next(each for each in PREFIXES.values() if each not in services)
    assert asked(invoke, route, said_of("acme") | {"scopes": other.value})["statusCode"] == 403


@pytest.mark.parametrize("route", ROUTES)
def test_each_route_refuses_a_parameter_that_it_does_not_have(invoke: Invoke, route: str) -> None:
    answer = asked(invoke, route, said_of("acme"), query={"stat": "completed"})
    problem = json.loads(answer["body"])
    assert (answer["statusCode"], [each["field"] for each in problem["errors"]]) == (400, ["stat"])
    assert "there are none" in problem["detail"] or route in WITH_QUERY


def test_the_life_of_a_key(invoke: Invoke) -> None:
    owner = invoke("accounts.admin")
    made = asked(invoke, "POST /v1/keys", said_of("acme"), '{"name": "ci", "role": "viewer"}')
    key = json.loads(made["body"])
    assert (made["statusCode"], key["role"]) == (201, "viewer")
    assert opened(invoke, key["key"])["role"] == "viewer"
    listed = json.loads(asked(invoke, "GET /v1/keys", said_of("acme"))["body"])["keys"]
    assert [each["name"] for each in listed] == ["first key", "ci"]
    assert "key" not in listed[0]
    gone = invoke("accounts.api", changed("DELETE /v1/keys/{id}", owner["id"]))
    assert (gone["statusCode"], json.loads(gone["body"])["detail"][:25]) == (409, "this is the last key of a")
    assert invoke("accounts.api", changed("DELETE /v1/keys/{id}", key["id"]))["statusCode"] == 204
    assert opened(invoke, key["key"]) == {"refused": "nobody has this key"}


@pytest.mark.parametrize(
    "body", ['{"name": "ci", "rolle": "viewer"}', '{"name": ""}', "[]", '{"name": "a", "role": "x"}']
)
def test_a_wrong_wish_for_a_key_is_refused(invoke: Invoke, body: str) -> None:
    invoke("accounts.admin")
    assert asked(invoke, "POST /v1/keys", said_of("acme"), body)["statusCode"] == 400


@pytest.mark.parametrize(
    "command",
    [
        {"tenant": "acme"},
        {"command": "issue_key", "tenant": "acme", "revoke": "all"},
        {"command": "create_tenant", "tenant": "No Name"},
        {"command": "issue_key", "tenant": "tpying-error"},
    ],
)
def test_a_wrong_command_of_the_operator_changes_nothing(invoke: Invoke, command: dict[str, Any]) -> None:
    from fanfold.errors import Refused

    invoke("accounts.admin")
    with pytest.raises(Refused):
        invoke("accounts.admin", command)
    assert [each["name"] for each in invoke("accounts.admin", {"command": "list_tenants"})["tenants"]] == ["acme"]
    assert len(invoke("accounts.admin", {"command": "list_keys", "tenant": "acme"})["keys"]) == 1


def test_a_suspended_tenant_is_let_in_again(invoke: Invoke) -> None:
    key = invoke("accounts.admin")["key"]
    invoke("accounts.admin", {"command": "suspend_tenant", "tenant": "acme"})
    assert "suspended" in opened(invoke, key)["refused"]
    invoke("accounts.admin", {"command": "resume_tenant", "tenant": "acme"})
    assert opened(invoke, key)["tenant"] == "acme"


def opened(invoke: Invoke, key: str) -> dict[str, str]:
    """What the authorizer says of the key; header names come in any case."""
    event = golden("accounts.authorize")
    event["headers"] = {"Authorization": f"Bearer {key}"}
    found: dict[str, str] = invoke("accounts.authorize", event)["context"]
    return found


def changed(route: str, id: str) -> dict[str, Any]:
    event = golden("accounts.api")
    method, path = route.split(" ")
    event |= {"routeKey": route, "rawPath": path.replace("{id}", id), "pathParameters": {"id": id}}
    event["requestContext"]["http"] |= {"method": method, "path": path.replace("{id}", id)}
    event["requestContext"]["routeKey"] = route
    return event
