"""Writes the API's description (OpenAPI 3.1) into `fanfold/openapi.json`, and as a page into `fanfold/docs.html`.

It is made from the handlers: their routes, the models that they read with `app.body` and `app.query`, the replies that
their signatures name, and the table of roles.

make openapi
"""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from pydantic import BaseModel

from fanfold.accounts.permissions import OPEN, needed
from fanfold.api import Api, named
from fanfold.replies import LinkReply, NoReply, Reply
from tools.openapi_page import page
from tools.openapi_schemas import REFERENCE, Names, explained, kinds, schemas_of

FILE = Path(__file__).parents[1] / "layers" / "core" / "python" / "fanfold" / "openapi.json"
MODULES = {
    "batches.api": "Batches",
    "forecasts.api": "Forecasts",
    "schedules.api": "Schedules",
    "writing.api": "Writing",
    "journal.api": "Logs",
    "stats.api": "Statistics",
    "accounts.api": "Account",
    "health.api": "Health",
    "batches.provider_webhook": "Provider events",
}
PAGE = FILE.with_name("docs.html")
RAW = {
    "POST /v1/logs": ("application/json", "One entry, a JSON list of them, or a line each; gzipped if you like."),
    "POST /v1/providers/{provider}/events": ("application/json", "The event as the provider signed it."),
}
"""Routes whose body is no model of ours."""
TEXTS = {"/v1/metrics": "text/plain", "/docs": "text/html", "/v1/openapi.json": "application/json"}
"""Paths that answer with no model."""
IDEMPOTENT = re.compile(r"app\.caller\(\)|_command\(\)")
"""What handlers of routes with an Idempotency-Key call."""


class Operation(NamedTuple):
    """A route and its handler."""

    route: Route
    path: str
    tag: str
    body: type[BaseModel] | None
    optional: bool
    query: type[BaseModel] | None
    replies: tuple[Any, ...]
    source: str

    @property
    def key(self) -> str:
        """As the gateway names it."""
        return f"{self.route.method} {self.path}"


def operations() -> list[Operation]:
    """Every route of every API."""
    return [_operation(route, tag) for name, tag in MODULES.items() for route in _routes(import_module(name).app)]


def _routes(app: Api) -> list[Route]:
    return [*app._static_routes, *app._dynamic_routes]


def _operation(route: Route, tag: str) -> Operation:
    source = textwrap.dedent(inspect.getsource(route.func))
    read = {name: _model(found, route) for name, found in _calls(source)}
    path = named(route.path).replace("+}", "}")
    hint = get_type_hints(route.func)["return"]
    replies = get_args(hint) if get_origin(hint) not in (None, *kinds(Response)) else (hint,)
    return Operation(
        route, path, tag, read.get("body"), "app.has_body()" in source or ".body else" in source, read.get("query"),
        replies, source,
    )  # fmt: skip


def _calls(source: str) -> Iterator[tuple[str, ast.expr]]:
    """What `app.body(…)` and `app.query(…)` are called with."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("body", "query"):
            yield node.func.attr, node.args[0]


def _model(found: ast.expr, route: Route) -> type[BaseModel]:
    model: type[BaseModel] = eval(ast.unparse(found), route.func.__globals__)
    return model


def description() -> dict[str, Any]:
    """The whole document."""
    every = operations()
    sent = [model for each in every for model in (each.body, each.query) if model]
    schemas, names = schemas_of(sent, [model for each in every for reply in each.replies for model in _answered(reply)])
    paths: dict[str, Any] = {}
    for each in every:
        paths.setdefault(each.path, {})[each.route.method.lower()] = _described(each, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fanfold",
            "version": "1",
            "summary": "Serverless batches of AI requests and forecasts",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": tag} for tag in MODULES.values()],
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key: `ff_…`"}},
            "responses": {"Problem": _problem_reply()},
            "parameters": {"IdempotencyKey": _idempotency_key()},
        },
    }


def _answered(reply: Any) -> tuple[type[BaseModel], ...]:
    return get_args(reply) if isinstance(get_origin(reply), type) and issubclass(get_origin(reply), Reply) else ()


def _described(each: Operation, names: Names) -> dict[str, Any]:
    open_to_all = each.key in OPEN
    role, services = ("nobody in particular", []) if open_to_all else needed(each.key)
    found: dict[str, Any] = {
        "tags": [each.tag],
        "operationId": f"{each.tag.split()[0].lower()}_{each.route.func.__name__}",
        "summary": (inspect.getdoc(each.route.func) or "").splitlines()[0],
        "parameters": [*_path_parameters(each), *_query_parameters(each)],
        "responses": dict(_responses(each, names)),
    }
    if open_to_all:
        found["security"] = []
    else:
        found["description"] = f"For keys of role {role} or above, for {' or '.join(sorted(services))}."
    if each.body:
        schema = {"$ref": REFERENCE.format(model=names[each.body, "validation"])}
        found["requestBody"] = {"required": not each.optional, "content": {"application/json": {"schema": schema}}}
    elif each.key in RAW:
        content, said = RAW[each.key]
        found["requestBody"] = {"required": True, "description": said, "content": {content: {}}}
    if IDEMPOTENT.search(each.source):
        found["parameters"].append({"$ref": "#/components/parameters/IdempotencyKey"})
    return found


def _path_parameters(each: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", each.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(each: Operation) -> Iterator[dict[str, Any]]:
    if each.query is None:
        return
    schema = explained(each.query.__name__, each.query.model_json_schema())
    for name, part in schema.get("properties", {}).items():
        plain = {key: value for key, value in part.items() if key not in ("title", "description")}
        required, schema_of = name in schema.get("required", ()), _inlined(plain, schema)
        shown = {"name": name, "in": "query", "required": required, "schema": schema_of}
        yield shown | ({"description": part["description"]} if "description" in part else {})


def _inlined(part: Any, schema: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, schema) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(schema["$defs"][part["$ref"].rpartition("/")[2]], schema)
    return {key: _inlined(value, schema) for key, value in part.items() if key != "title"}


def _responses(each: Operation, names: Names) -> Iterator[tuple[str, Any]]:
    for reply in each.replies:
        kind = get_origin(reply) or reply
        if kind is NoReply:
            yield "204", {"description": "It is gone."}
        elif kind is LinkReply:
            link = {"application/json": {"schema": {"$ref": REFERENCE.format(model="Link")}}}
            yield "302", {"description": "Where the file is.", "headers": {"Location": {"schema": {"type": "string"}}}}
            yield "200", {"description": "The same for `Accept: application/json`.", "content": link}
        elif issubclass(kind, Reply):
            yield from _modelled(each, kind, names[get_args(reply)[0], "serialization"])
        elif each.path in TEXTS:
            yield "200", {"description": "A text.", "content": {TEXTS[each.path]: {}}}
    yield "default", {"$ref": "#/components/responses/Problem"}


def _modelled(each: Operation, kind: type[Reply[Any]], model: str) -> Iterator[tuple[str, Any]]:
    status = HTTPStatus(kind.status)
    headers = {}
    if status is HTTPStatus.OK and each.route.method == "GET":
        headers = {"ETag": "Changes when the answer does.", "Retry-After": "Seconds until another look is worth it."}
        yield "304", {"description": "You have it already, by your `If-None-Match`."}
    elif status is not HTTPStatus.OK:
        said = "Where it is, as seen from this request."
        headers = {"Location": said} if re.search(r'f"/v1/|_accepted\(', each.source) else {}
    shown = {name: {"description": said, "schema": {"type": "string"}} for name, said in headers.items()}
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(model=model)}}}
    yield str(int(status)), {"description": status.phrase, "content": content} | ({"headers": shown} if shown else {})


def _problem_reply() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
    retry = {"description": "Seconds, where waiting helps.", "schema": {"type": "string"}}
    return {"description": "What is wrong, by field (RFC 9457).", "content": content, "headers": {"Retry-After": retry}}


def _idempotency_key() -> dict[str, Any]:
    said = "The same key with the same body makes the same thing once."
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "description": said,
        "schema": {"type": "string", "minLength": 1, "maxLength": 2048},
    }


def text() -> str:
    """The file's content."""
    return json.dumps(description(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    PAGE.write_text(page(description()), encoding="utf-8")
