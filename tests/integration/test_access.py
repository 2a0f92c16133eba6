"""Who may use which route: without a key, as a viewer, with a key for another service; and the life of keys."""

import json
import re
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from fanfold.accounts.permissions import OPEN, PREFIXES, WITH_QUERY, Role, changes, needed
from fanfold.errors import Refused
from tests.integration.conftest import golden, said_of
from tests.template.stack import routes
from tests.waiting import until

Invoke = Callable[..., Any]
Answers = Callable[..., list[Any]]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")
ROUTES = sorted(set(routes()) - OPEN)
APIS = {
    "batches": "batches",
    "uploads": "batches",
    "defaults": "batches",
    "dlq": "batches",
    "budget": "batches",
    "providers": "batches",
    "templates": "batches",
    "schedules": "schedules",
}
APIS |= {"forecasts": "forecasts", "sessions": "writing", "jobs": "writing", "results": "writing", "logs": "journal"}
APIS |= {"stats": "stats", "metrics": "stats", "health": "health"}
APIS |= dict.fromkeys(("keys", "usage", "audit"), "accounts") | {"webhooks": "notify"}


def call(
    route: str, context: dict[str, str], body: str = "{not json", query: dict[str, str] | None = None
) -> dict[str, Any]:
    """A call of a route, with a body that nothing should read."""
    method, path = route.split(" ")
    event = golden("batches.api") | {"body": body}
    event["rawPath"] = event["requestContext"]["http"]["path"] = re.sub(r"\{[^}]*\}", "x", path)
    event["requestContext"]["http"]["method"] = method
    event["queryStringParameters"] = query
    event["requestContext"] |= {"authorizer": {"lambda": context}}
    return event


def asked(invoke: Invoke, route: str, context: dict[str, str], body: str = "{not json") -> dict[str, Any]:
    """The answer to a route."""
    answer: dict[str, Any] = invoke(api_of(route.partition(" ")[2]), call(route, context, body))
    return answer


def all_asked(answers: Answers, calls: list[tuple[str, dict[str, str]]], **how: Any) -> dict[str, dict[str, Any]]:
    """The answers to routes, each asked once; those of one API by one warm process."""
    events = {route: call(route, context, **how) for route, context in calls}
    found: dict[str, dict[str, Any]] = {}
    for api in sorted({api_of(route.partition(" ")[2]) for route in events}):
        own = [route for route in events if api_of(route.partition(" ")[2]) == api]
        found |= dict(zip(own, answers(api, *(events[route] for route in own)), strict=True))
    return found


def api_of(path: str) -> str:
    """The handler of a path."""
    first = path.split("/")[2:3]
    return f"{APIS.get(first[0], 'health') if first else 'health'}.api"


def test_each_route_asks_for_a_key_before_it_reads_anything(answers: Answers) -> None:
    nobody = {"refused": "nobody has this key"}
    found = all_asked(answers, [(route, nobody) for route in ROUTES])
    said = {route: (answer["statusCode"], json.loads(answer["body"])["detail"]) for route, answer in found.items()}
    assert said == dict.fromkeys(ROUTES, (401, "nobody has this key"))


@pytest.mark.parametrize(("role", "enough"), [("viewer", {Role.VIEWER}), ("editor", {Role.VIEWER, Role.EDITOR})])
def test_each_route_refuses_a_role_that_is_too_small(answers: Answers, role: str, enough: set[Role]) -> None:
    above = [route for route in ROUTES if needed(route)[0] not in enough]
    found = all_asked(answers, [(route, said_of("acme", role)) for route in above])
    assert {route: answer["statusCode"] for route, answer in found.items()} == dict.fromkeys(above, 403)
    assert len(above) > 10


def test_each_route_refuses_a_key_for_another_service(answers: Answers) -> None:
    others = {route: next(each for each in PREFIXES.values() if each not in needed(route)[1]) for route in ROUTES}
    calls = [(route, said_of("acme") | {"scopes": other.value}) for route, other in others.items()]
    found = all_asked(answers, calls)
    assert {route: answer["statusCode"] for route, answer in found.items()} == dict.fromkeys(ROUTES, 403)


def test_each_route_refuses_a_parameter_that_it_does_not_have(answers: Answers) -> None:
    found = all_asked(answers, [(route, said_of("acme")) for route in ROUTES], query={"stat": "completed"})
    for route, answer in found.items():
        problem = json.loads(answer["body"])
        fields = [each["field"] for each in problem["errors"]]
        assert (route, answer["statusCode"], fields) == (route, 400, ["stat"])
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
    event |= {"rawPath": path.replace("{id}", id)}
    event["requestContext"]["http"] |= {"method": method, "path": path.replace("{id}", id)}
    return event


def test_quotas_are_set_by_the_operator_and_seen_by_the_tenant(invoke: Invoke) -> None:
    key = invoke("accounts.admin")["key"]
    command = {"command": "set_quotas", "tenant": "acme", "quotas": {"open_jobs": 3, "calls_per_minute": 6}}
    invoke("accounts.admin", command)
    left = command | {"quotas": {"open_jobs": None, "daily_usd": 2.5}}
    assert invoke("accounts.admin", left) == invoke("accounts.admin", {"command": "show_quotas", "tenant": "acme"})
    shown = json.loads(asked(invoke, "GET /v1/usage", said_of("acme", "viewer"))["body"])
    assert (shown["open_jobs"]["limit"], shown["daily_usd"]["limit"]) == (None, 2.5)
    assert opened(invoke, key)["tenant"] == "acme"
    throttled = opened(invoke, key)
    answer = asked(invoke, "GET /v1/usage", throttled)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (429, "quota_exceeded")
    assert int(answer["headers"]["Retry-After"]) > 0


def test_a_tenants_budget_is_within_the_operators(invoke: Invoke) -> None:
    invoke("accounts.admin")
    invoke("accounts.admin", {"command": "set_quotas", "tenant": "acme", "quotas": {"daily_usd": 2}})
    answer = asked(invoke, "PUT /v1/budget", said_of("acme"), '{"daily_usd": 3}')
    assert (answer["statusCode"], json.loads(answer["body"])["errors"][0]["field"]) == (400, "daily_usd")
    assert asked(invoke, "PUT /v1/budget", said_of("acme"), '{"daily_usd": 1}')["statusCode"] == 200


def audited(invoke: Invoke, role: str = "owner") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(asked(invoke, "GET /v1/audit", said_of("acme", role))["body"])["entries"]
    return found


def test_changes_and_denials_are_in_the_audit_log(invoke: Invoke) -> None:
    invoke("accounts.admin")
    asked(invoke, "POST /v1/keys", said_of("acme"), '{"name": "ci", "role": "viewer"}')
    asked(invoke, "POST /v1/keys", said_of("acme"), '{"name": ""}')
    for _ in range(2):
        assert asked(invoke, "POST /v1/batches", said_of("acme", "viewer"))["statusCode"] == 403
    asked(invoke, "GET /v1/keys", said_of("acme"))
    found = {(each["who"], each["what"], each["status"], each["denied"]) for each in audited(invoke)}
    own = said_of("acme")["key_id"]
    assert found == {
        ("operator", "create_tenant", 200, 0),
        (own, "POST /v1/keys", 201, 0),
        (own, "POST /v1/keys", 400, 0),
        (own, "POST /v1/batches", 403, 2),
    }
    assert {each["source"] for each in audited(invoke) if each["who"] == own} == {"203.0.113.7"}


def test_a_key_that_does_not_open_any_more_is_in_the_audit_log(invoke: Invoke) -> None:
    key = invoke("accounts.admin")
    invoke("accounts.admin", {"command": "suspend_tenant", "tenant": "acme"})
    opened(invoke, key["key"])
    (denial,) = [each for each in audited(invoke) if each["denied"]]
    assert (denial["who"], denial["status"]) == (key["id"], 401)
    opened(invoke, "ff_acme_" + "x" * 43)
    assert sum(each["denied"] for each in audited(invoke)) == 1


def test_every_route_that_changes_something_is_audited(invoke: Invoke, answers: Answers) -> None:
    all_asked(answers, [(route, said_of("acme")) for route in ROUTES])
    told = [each["what"] for each in audited(invoke)]
    assert sorted(told) == sorted(filter(changes, ROUTES))


def test_commands_for_nobody_are_no_entries_of_anybody(invoke: Invoke) -> None:
    with pytest.raises(Refused):
        invoke("accounts.admin", {"command": "issue_key", "tenant": "acme"})
    invoke("accounts.admin")
    assert [each["what"] for each in audited(invoke)] == ["create_tenant"]


def test_what_is_mistyped_shows_no_key(invoke: Invoke) -> None:
    secret = "sk-planted-0123456789"
    invoke("accounts.admin")
    given = {"tenant": "acme", "provider": "openai", "key": secret}
    for wrong in (
        given | {"comand": "set_provider_key"},
        given | {"command": "set_provider_kee"},
        given | {"command": "set_provider_key", "kee": secret},
        given | {"command": "set_provider_key", "provider": secret.upper()},
        given | {"command": "set_provider_key", "key": [secret]},
        {"command": "set_provider_key", "tenant": "acme", "provider": "openai", "ky": secret},
    ):
        with pytest.raises(Refused) as refused:
            invoke("accounts.admin", wrong)
        said = "".join(traceback.format_exception(refused.value)) + str(refused.value.flaws)
        assert secret not in said.replace(secret.upper(), secret)


def test_a_tenant_is_deleted_by_the_operators_commands(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTINGS", '{"removal_grace_seconds": 1}')
    invoke("accounts.admin")
    asked(invoke, "POST /v1/keys", said_of("acme"), '{"name": "ci"}')

    def step(cursor: str | None = None) -> dict[str, Any] | None:
        found = invoke("accounts.admin", {"command": "delete_tenant", "tenant": "acme", "cursor": cursor})
        return found if found["done"] else step(found["cursor"]) if found["cursor"] else None

    receipt = until(step)["receipt"]
    assert (receipt["tenant"], receipt["items"] >= 4) == ("acme", True)
    assert invoke("accounts.admin", {"command": "list_receipts"}) == {"receipts": [receipt]}
    assert invoke("accounts.admin", {"command": "list_tenants"}) == {"tenants": []}
