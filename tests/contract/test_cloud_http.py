"""The HTTP API answers as API Gateway does: routes, authorizers, event shape, every kind of response."""

import json
from collections.abc import Iterator

import httpx
import pytest

from local.cloud.stack import Cloud
from tests.contract.cloud.sample import KEY, sample_cloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with sample_cloud(parameters={"Greeting": "ciao"}, origins=("http://127.0.0.1:5173",)) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=cloud.api_url, timeout=120) as client:
        yield client


def test_the_event_is_payload_format_2(api: httpx.Client) -> None:
    reply = api.put("/things/a%20b?x=1&x=2", headers=KEY, json={"full": "é"})
    event = reply.json()["event"]
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "ANY /things/{id}", "/things/a b")
    assert event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["rawQueryString"] == "x=1&x=2"
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"full": "é"}, False)
    assert event["requestContext"]["http"]["method"] == "PUT"
    assert event["requestContext"]["http"]["path"] == "/things/a b"
    assert event["requestContext"]["stage"] == "$default"


@pytest.mark.parametrize(
    ("method", "path", "route", "names"),
    [
        ("GET", "/shelves", "ANY /shelves", None),
        ("POST", "/shelves", "ANY /shelves", None),
        ("DELETE", "/shelves/a/books/b%2Fc", "ANY /shelves/{proxy+}", {"proxy": "a/books/b/c"}),
        ("GET", "/shelves/a/events", "ANY /shelves/{proxy+}", {"proxy": "a/events"}),
        ("POST", "/shelves/a/events", "POST /shelves/{shelf}/events", {"shelf": "a"}),
    ],
)
def test_two_routes_take_everything_below_a_path(
    api: httpx.Client, method: str, path: str, route: str, names: dict[str, str] | None
) -> None:
    """One with a method and fewer names of its own goes before them."""
    event = api.request(method, path, headers=KEY).json()["event"]
    assert (event["routeKey"], event.get("pathParameters")) == (route, names)
    assert ("authorizer" in event["requestContext"]) == route.startswith("ANY")


def test_the_authorizers_context_reaches_the_function(api: httpx.Client) -> None:
    authorizer = api.get("/things/1", headers=KEY).json()["event"]["requestContext"]["authorizer"]
    assert authorizer["lambda"] == {"tenant": "acme", "sources": ["Bearer open-sesame"]}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/open", {}, 200),
        ("/things/1", {}, 401),
        ("/things/1", {"authorization": "Bearer wrong"}, 403),
        ("/alternate", {}, 403),
        ("/alternate", {"x-api-key": "open-sesame"}, 200),
        ("/nowhere", KEY, 404),
    ],
)
def test_who_gets_in(api: httpx.Client, path: str, headers: dict[str, str], status: int) -> None:
    assert api.get(path, headers=headers).status_code == status


def test_a_binary_body_goes_in_as_base64(api: httpx.Client) -> None:
    event = api.post("/things/1", headers={**KEY, "content-type": "image/png"}, content=b"\x00\xff").json()["event"]
    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)


def test_a_base64_body_comes_out_as_bytes(api: httpx.Client) -> None:
    reply = api.get("/open?shape=binary")
    assert (reply.content, reply.headers["content-type"]) == (bytes(range(256)), "image/x")


def test_a_problem_document_keeps_its_type(api: httpx.Client) -> None:
    reply = api.get("/open?shape=problem")
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")
    assert reply.json() == {"title": "No good", "status": 422}


def test_a_redirect_keeps_its_target(api: httpx.Client) -> None:
    reply = api.get("/open?shape=away")
    assert (reply.status_code, reply.headers["location"]) == (302, "http://127.0.0.1:1/elsewhere")


def test_a_function_that_raises_is_a_500_that_says_nothing(api: httpx.Client) -> None:
    reply = api.get("/open?shape=crash")
    assert (reply.status_code, reply.json()) == (500, {"message": "Internal Server Error"})


def test_a_body_too_long_for_lambda_is_a_413(api: httpx.Client) -> None:
    reply = api.post("/things/1", headers={**KEY, "content-type": "text/plain"}, content=b'"' * 3_300_000)
    assert (reply.status_code, reply.json()) == (413, {"message": "Request Too Long"})


def test_cors_lets_the_dashboard_in_and_no_one_else(api: httpx.Client) -> None:
    wanted = {"access-control-request-method": "POST", "origin": "http://127.0.0.1:5173"}
    reply = api.options("/things/1", headers=wanted)
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-origin"] == "http://127.0.0.1:5173"
    assert reply.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "access-control-allow-origin" not in api.get("/open", headers={"origin": "http://evil.example"}).headers


def test_a_worker_sees_lambdas_environment_and_nothing_else(
    cloud: Cloud, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = api.get("/open?shape=environment").json()
    assert seen["GREETING"] == "ciao"
    assert seen["AWS_ENDPOINT_URL"] == cloud.url
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == cloud.deployed.resources["Web"]
    assert seen["_HANDLER"] == "web.handler"
    assert {"HOME", "PYTHONPATH", "GATEWAY_PORT", "FANFOLD_CLOUD_STATE", "STATE_DIR"}.isdisjoint(seen)


def test_a_layer_of_ours_is_unpacked(api: httpx.Client, cloud: Cloud) -> None:
    assert api.get("/open").json()["shelf"].startswith(str(cloud.state))
