"""What the API says of itself: without a key, of wrong methods, and of what has not changed."""

from collections.abc import Iterator

import httpx
import pytest

from local.stack import LocalStack


@pytest.fixture(scope="module")
def anybody(stack: LocalStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, timeout=300) as http:
        yield http


@pytest.fixture(scope="module")
def key(stack: LocalStack) -> str:
    return stack.issue_key("described")


def test_the_root_links_to_what_is_there(anybody: httpx.Client) -> None:
    welcome = anybody.get("/").json()
    for link in (welcome["docs"], welcome["openapi"], welcome["health"]):
        assert anybody.get(f"/{link}").status_code == 200
    assert anybody.get("/v1/openapi.json").json()["openapi"] == "3.1.0"
    assert anybody.get("/docs").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(("method", "path", "allowed"), [("PUT", "/v1/batches", "GET, POST"), ("POST", "/", "GET")])
def test_a_wrong_method_is_told_the_right_ones(anybody: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = anybody.request(method, path)
    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (405, allowed, "method_not_allowed")


def test_what_has_not_changed_is_not_sent_again(anybody: httpx.Client, key: str) -> None:
    said = {"Authorization": f"Bearer {key}"}
    first = anybody.get("/v1/batches", headers=said)
    again = anybody.get("/v1/batches", headers=said | {"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
