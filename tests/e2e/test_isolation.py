"""Two tenants on one stack: whatever one tries, it sees and changes nothing of the other's."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.stack import LocalStack
from tests.template.stack import routes
from tests.waiting import until

SECRET = "orange-harbour"
"""Stands in everything of the owner's."""
OVER = ("completed", "failed")
ROUTES = sorted(route for route in set(routes()) if "{" in route and "/providers/" not in route)
TRICKS = (
    "../{owner}/{id}",
    "..%2f{owner}%2f{id}",
    "%2e%2e/{id}",
    "{owner}/{id}",
    "{owner}%2f{id}",
    "{owner}#{id}",
    "T%23{owner}%23J%23{id}",
    "{id}%00",
    "{id}%23META",
    "{id}/../{id}",
    "%252e%252e%252f{id}",
    "*",
)
Places = dict[str, str]


def client(stack: LocalStack, tenant: str) -> httpx.Client:
    return httpx.Client(base_url=stack.url, headers={"Authorization": f"Bearer {stack.issue_key(tenant)}"}, timeout=300)


@pytest.fixture(scope="module")
def owner(stack: LocalStack) -> Iterator[httpx.Client]:
    with client(stack, "owner") as made:
        yield made


@pytest.fixture(scope="module")
def thief(stack: LocalStack) -> Iterator[httpx.Client]:
    with client(stack, "thief") as made:
        yield made


@pytest.fixture(scope="module")
def places(owner: httpx.Client) -> Places:
    """One of everything, by the name that paths have for it."""
    batch = {"requests": [{"custom_id": SECRET, "input": f"Say {SECRET}"}], "mode": "realtime", "name": SECRET}
    series = [{"name": SECRET, "values": [1, 2, 3] * 8}]
    forecast = {"series": series, "models_to_try": 2, "horizon": 3, "name": SECRET}
    made = {
        "batches": owner.post("/v1/batches", json=batch).json()["id"],
        "forecasts": owner.post("/v1/forecasts", json=forecast).json()["id"],
        "sessions": owner.post("/v1/sessions", json={"name": SECRET}).json()["id"],
        "logs": owner.post("/v1/logs", json={"message": SECRET, "stream": "secret"}).json()["ids"][0],
        "keys": owner.get("/v1/keys").json()["keys"][0]["id"],
    }
    template = {"name": "secret", "description": SECRET, "options": {"template": "{text}"}}
    made["templates"] = owner.post("/v1/templates", json=template).json()["name"]
    due = {"name": SECRET, "expression": "rate(1 day)", "batch": {"prefix": "secret/", "template": "{text}"}}
    made["schedules"] = owner.post("/v1/schedules", json=due).json()["id"]
    hook = {"url": "https://hooks.example.com", "description": SECRET, "kinds": ["batch.cancelled"]}
    made["webhooks"] = owner.post("/v1/webhooks", json=hook).json()["id"]
    made["jobs"] = made["results"] = made["batches"]
    for kind in ("batches", "forecasts"):
        until(lambda kind=kind: owner.get(f"/v1/{kind}/{made[kind]}").json()["state"] in OVER)  # type: ignore[misc]
    return made


def filled(route: str, id: str) -> tuple[str, str]:
    """A route with an id in its first gap, and what is the owner's in the others."""
    method, path = route.split(" ")
    first = re.sub(r"\{[^}]*\}", lambda _: id, path, count=1)
    return method, re.sub(r"\{[^}]*\}", "another", first)


def refused(answer: httpx.Response) -> bool:
    return 400 <= answer.status_code < 500 and SECRET not in answer.text


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_another_s_is_not_there(route: str, thief: httpx.Client, places: Places) -> None:
    kind = route.split("/")[2]
    if route == "PUT /v1/logs/streams/{stream}":
        pytest.skip("a stream of the same name is the caller's own")
    method, path = filled(route, places[kind])
    answer = thief.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else None)
    assert refused(answer), (answer.status_code, answer.text)


def test_no_trick_with_a_path_leads_to_it(thief: httpx.Client, places: Places) -> None:
    reading = [route for route in ROUTES if route.startswith("GET ")]
    tried = [(route, trick) for route in reading for trick in TRICKS]
    assert len(tried) >= 192
    for route, trick in tried:
        id = trick.format(owner="owner", id=places[route.split("/")[2]])
        _, path = filled(route, id)
        answer = thief.get(path)
        assert answer.status_code < 500, (path, answer.text)
        assert SECRET not in answer.text, path


@pytest.mark.parametrize(
    "path",
    [
        "/v1/batches",
        "/v1/forecasts",
        "/v1/sessions",
        "/v1/jobs",
        "/v1/logs",
        "/v1/keys",
        "/v1/webhooks",
        "/v1/templates",
        "/v1/schedules",
    ],
)
def test_lists_hold_ones_own(path: str, thief: httpx.Client, places: Places) -> None:
    assert SECRET not in thief.get(path).text


@pytest.mark.parametrize(
    ("path", "kind"), [("/v1/batches", None), ("/v1/forecasts", None), ("/v1/batches/{id}/requests", "batches")]
)
def test_a_cursor_of_another_is_none(
    path: str, kind: str | None, owner: httpx.Client, thief: httpx.Client, places: Places
) -> None:
    for name in ("second", "third") if kind is None else ():
        body: Any = {"requests": [{"input": name}], "draft": True} if "batches" in path else None
        body = body or {"series": [{"name": name, "values": [1, 2, 3] * 8}], "models_to_try": 2}
        owner.post(path, json=body)
    whole = path.format(id=places[kind or "batches"])
    cursor = owner.get(whole, params={"limit": 1}).json().get("cursor") or "e30="
    assert refused(thief.get(whole, params={"limit": 1, "cursor": cursor}))


def test_an_upload_of_another_is_none(owner: httpx.Client, thief: httpx.Client) -> None:
    made = owner.post("/v1/uploads", json={"filename": "requests.jsonl"}).json()
    file = {"file": ("requests.jsonl", b'{"input": "hello"}')}
    httpx.post(made["form"]["url"], data=made["form"]["fields"], files=file, timeout=300).raise_for_status()
    for name in (made["upload"], f"../owner/{made['upload']}", f"../../uploads/owner/{made['upload']}"):
        answer = thief.post("/v1/batches", json={"upload": name})
        assert refused(answer), answer.text


def test_an_idempotency_key_of_another_is_a_new_one(owner: httpx.Client, thief: httpx.Client) -> None:
    body, key = {"requests": [{"input": SECRET}], "draft": True}, {"Idempotency-Key": "the-same"}
    mine, theirs = (each.post("/v1/batches", json=body, headers=key).json()["id"] for each in (owner, thief))
    assert mine != theirs
    assert refused(thief.get(f"/v1/batches/{mine}"))
