"""The surfaces of other SDKs, from event to answer: headers, refusals in their words, files of any size."""

import base64
import gzip
import importlib
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest

from fanfold.accounts.permissions import OPEN
from fanfold.dropin.files import store
from fanfold.errors import TooLarge
from fanfold.wiring import dropin as wiring
from tests.integration.conftest import golden, said_of
from tests.template.stack import surface_routes

Invoke = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
LINE = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions"}
BODY = {"model": "gpt-5.4-mini", "messages": [{"role": "user", "content": "Hi"}]}
REQUESTS = json.dumps(LINE | {"body": BODY}).encode() + b"\n"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Call = Callable[..., Answer]


@pytest.fixture
def call(invoke: Invoke) -> Call:
    """Call a surface as the gateway does."""

    def ask(method: str, path: str, body: bytes | dict[str, Any] | None = None, **headers: str) -> Answer:
        event = golden("dropin.api")
        path, _, query = path.partition("?")
        event |= {"rawPath": path, "rawQueryString": query}
        event["requestContext"]["http"] |= {"method": method, "path": path}
        event["queryStringParameters"] = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        said = headers.pop("refused", "")
        known = said_of("acme") | {name: headers.pop(name) for name in ("role", "scopes") if name in headers}
        event["requestContext"]["authorizer"]["lambda"] = {"refused": said} if said else known
        event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        for name in [name for name, value in event["headers"].items() if not value]:
            del event["headers"][name]
        if isinstance(body, bytes):
            event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        elif body is not None:
            event["body"] = json.dumps(body)
        answer = invoke("dropin.api", event)
        content = answer["body"].encode()
        content = base64.b64decode(content) if answer.get("isBase64Encoded") else content
        return Answer(answer["statusCode"], answer["headers"], content)

    return ask


def sent(call: Call, fields: dict[str, str] | None = None) -> Answer:
    """A file that was sent as OpenAI's SDK does."""
    form = httpx.Request(
        "POST", "http://x", data={"purpose": "batch"} | (fields or {}), files={"file": ("requests.jsonl", REQUESTS)}
    )
    return call("POST", "/openai/v1/files", form.read(), content_type=form.headers["content-type"])


def created(call: Call, file: str, **more: Any) -> Answer:
    headers = {name: more.pop(name) for name in ("idempotency_key", "x_stainless_retry_count") if name in more}
    given = {"input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    return call("POST", "/openai/v1/batches", given | more, **headers)


class TestOpenAI:
    def test_a_file_comes_as_it_went(self, call: Call) -> None:
        file = sent(call).json
        assert call("GET", f"/openai/v1/files/{file['id']}/content").body == REQUESTS
        assert call("GET", f"/openai/v1/files/{file['id']}").json == file
        assert file["bytes"] == len(REQUESTS)

    def test_a_file_keeps_its_time(self, call: Call) -> None:
        form = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
        file = sent(call, form).json
        assert file["expires_at"] - file["created_at"] == 3600
        wrong = sent(call, form | {"expires_after[seconds]": "5"})
        assert (wrong.status, wrong.json["error"]["param"]) == (400, "seconds")

    def test_the_same_call_again_makes_the_same_batch(self, call: Call) -> None:
        file = sent(call).json["id"]
        first = created(call, file).json["id"]
        assert created(call, file, x_stainless_retry_count="1").json["id"] == first
        assert created(call, file).json["id"] != first
        assert created(call, file, metadata={"a": "b"}, x_stainless_retry_count="1").json["id"] != first

    def test_an_idempotency_key_is_kept_to(self, call: Call) -> None:
        file = sent(call).json["id"]
        made = [created(call, file, idempotency_key="k", completion_window="6h").json["id"] for _ in range(2)]
        assert made[0] == made[1]
        other = created(call, file, idempotency_key="k", completion_window="7h")
        assert (other.status, other.json["error"]["param"]) == (422, "Idempotency-Key")

    def test_refusals_are_in_its_words_and_are_not_tried_again(self, call: Call) -> None:
        answer = call("GET", "/openai/v1/batches/batch_x")
        assert answer.status == 404
        error = answer.json["error"]
        assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", "id", None)
        assert answer.headers["x-should-retry"] == "false"
        assert answer.headers["x-request-id"]
        key = call("GET", "/openai/v1/batches", refused="nobody has this key")
        assert (key.status, key.json["error"]["code"]) == (401, "invalid_api_key")
        assert call("PUT", "/openai/v1/moderations").status == 404

    def test_a_form_without_its_fields_is_refused_by_name(self, call: Call) -> None:
        form = httpx.Request("POST", "http://x", files={"file": ("a", b"x")})
        answer = call("POST", "/openai/v1/files", form.read(), content_type=form.headers["content-type"])
        assert answer.json["error"]["param"] == "purpose"
        assert call("POST", "/openai/v1/files", {}, content_type="application/json").status == 400


class TestLargeFiles:
    def test_a_large_file_is_elsewhere(self, call: Call) -> None:
        file = store(REQUESTS * 60_000, "large.jsonl", None, "acme", wiring.batches())
        answer = call("GET", f"/openai/v1/files/{file.id}/content")
        assert answer.status == 302
        assert file.id in answer.headers["Location"]

    def test_large_results_are_packed_for_callers_that_take_no_redirect(self, call: Call) -> None:
        app = importlib.import_module("dropin.app").app
        call("GET", "/anthropic/v1/messages/batches", accept_encoding="gzip, deflate")
        packed = app.file(REQUESTS * 100_000)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == REQUESTS * 100_000
        call("GET", "/anthropic/v1/messages/batches", accept_encoding="identity")
        with pytest.raises(TooLarge):
            app.file(REQUESTS * 100_000)


class TestAccess:
    @pytest.mark.parametrize("route", [each for each in surface_routes() if each not in OPEN])
    def test_each_route_asks_for_a_key_first(self, call: Call, route: str) -> None:
        method, path = re.sub(r"\{[^}]*\}", "x", route).split(" ")
        surface = path.split("/")[1]
        answer = call(method, path, {}, refused="nobody has this key")
        assert (answer.status, "nobody has this key" in answer.body.decode()) == (
            {"gemini": 400}.get(surface, 401),
            True,
        )
        assert call(method, path, {}, scopes="forecasts").status == 403
        if method != "GET":
            assert call(method, path, {}, role="viewer").status == 403

    def test_keys_are_read_where_each_sdk_puts_them(self, invoke: Invoke) -> None:
        key = invoke("accounts.admin")["key"]
        cases = [
            ("ANY /anthropic/{proxy+}", {"X-Api-Key": key}, True),
            ("ANY /gemini/{proxy+}", {"x-goog-api-key": key}, True),
            ("ANY /openai/{proxy+}", {"authorization": f"Bearer {key}"}, True),
            ("ANY /anthropic/{proxy+}", {"authorization": f"Bearer {key}"}, True),
            ("ANY /openai/{proxy+}", {"x-api-key": key}, False),
            ("ANY /v1/batches", {"x-api-key": key}, False),
            ("ANY /v1/batches/{proxy+}", {"x-goog-api-key": key}, False),
            ("ANY /anthropic/{proxy+}", {"x-goog-api-key": key}, False),
            ("ANY /anthropic/{proxy+}", {"x-api-key": key, "authorization": "Bearer ff_acme_wrong"}, False),
        ]
        for route, headers, opens in cases:
            event = golden("accounts.authorize") | {"routeKey": route, "headers": headers}
            said = invoke("accounts.authorize", event)["context"]
            assert ("tenant" in said) is opens, (route, headers)
