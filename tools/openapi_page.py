"""The page at `/docs`: the API's description as one HTML file without a script."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

STYLE = (Path(__file__).parent / "openapi_page.css").read_text(encoding="utf-8")


def page(described: dict[str, Any]) -> str:
    """The whole page."""
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = "".join([*_contents(described), *_sections(described), *_models(described)])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Fanfold API</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><style>{STYLE}</style></head>'
        "<body><header><h1>Fanfold API</h1><p>Send your key with each request: "
        "<code>Authorization: Bearer ff_…</code>. "
        'For programs: <a href="v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p></header>'
        f"{body}</body></html>\n"
    )


def _operations(described: dict[str, Any], tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield method.upper(), path, operation


def _contents(described: dict[str, Any]) -> Iterator[str]:
    yield '<nav aria-label="Contents"><ul>'
    for tag in described["tags"]:
        yield f'<li><a href="#{_id(tag["name"])}">{escape(tag["name"])}</a></li>'
    yield '<li><a href="#models">Models</a></li></ul></nav><main>'


def _sections(described: dict[str, Any]) -> Iterator[str]:
    for tag in described["tags"]:
        yield f'<section id="{_id(tag["name"])}"><h2>{escape(tag["name"])}</h2>'
        for method, path, operation in _operations(described, tag["name"]):
            yield from _operation(method, path, operation, described)
        yield "</section>"


def _operation(method: str, path: str, operation: dict[str, Any], described: dict[str, Any]) -> Iterator[str]:
    yield (
        f'<article id="{operation["operationId"]}"><h3><b class="{method.lower()}">{method}</b> '
        f"<code>{escape(path)}</code></h3><p>{escape(operation['summary'])}</p>"
    )
    if said := operation.get("description"):
        yield f'<p class="quiet">{escape(said)}</p>'
    if parameters := [_resolved(each, described) for each in operation["parameters"]]:
        rows = [(each["name"], each["in"], _type(each["schema"]), each.get("description", "")) for each in parameters]
        yield _table(("parameter", "in", "type", ""), rows)
    if body := operation.get("requestBody"):
        yield f"<p>Body: {_content(body)}{escape(body.get('description', ''))}</p>"
        yield from _example(method, path, body, described)
    replies = [(status, _content(reply), reply["description"]) for status, reply in _replies(operation, described)]
    yield _table(("status", "body", ""), replies, plain=frozenset({1}))
    yield "</article>"


def _replies(operation: dict[str, Any], described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, reply in operation["responses"].items():
        yield ("else" if status == "default" else status), _resolved(reply, described)


def _resolved(part: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = described
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    resolved: dict[str, Any] = found
    return resolved


def _content(part: dict[str, Any]) -> str:
    """A link to the model of a body."""
    for found in part.get("content", {}).values():
        if "$ref" in (schema := found.get("schema", {})):
            name = schema["$ref"].rpartition("/")[2]
            return f'<a href="#model-{name}">{name}</a> '
    return ""


def _example(method: str, path: str, body: dict[str, Any], described: dict[str, Any]) -> Iterator[str]:
    schema = body["content"].get("application/json", {}).get("schema")
    example = _resolved(schema, described).get("examples") if schema else None
    if example:
        text = _json(example[0])
        call = f"curl -X {method} $FANFOLD_URL{path} -H \"Authorization: Bearer $FANFOLD_KEY\" --json '{text}'"
        yield f'<pre tabindex="0"><code>{escape(call)}</code></pre>'


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _models(described: dict[str, Any]) -> Iterator[str]:
    yield '<section id="models"><h2>Models</h2>'
    for name, schema in described["components"]["schemas"].items():
        said = schema.get("description", "").partition("\n\n")[0]
        yield f'<article id="model-{name}"><h3>{name}</h3><p>{escape(said)}</p>'
        if "enum" in schema:
            yield f"<p>{', '.join(f'<code>{escape(str(each))}</code>' for each in schema['enum'])}</p>"
        rows = [
            (key + ("" if key in schema.get("required", ()) else "?"), _type(part), part.get("description", ""))
            for key, part in schema.get("properties", {}).items()
        ]
        if rows:
            yield _table(("field", "type", ""), rows, plain=frozenset({1}))
        yield "</article>"
    yield "</section></main>"


def _type(part: dict[str, Any]) -> str:
    """A schema in few words; models are links."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f'<a href="#model-{name}">{name}</a>'
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_type(each) for each in part["anyOf"]))
    if "enum" in part:
        return " | ".join(escape(str(each)) for each in part["enum"])
    kind = part.get("type", "any")
    if kind == "array":
        return f"list of {_type(part.get('items', {}))}"
    if kind == "object" and isinstance(part.get("additionalProperties"), dict):
        return f"map to {_type(part['additionalProperties'])}"
    return escape(str(kind))


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], plain: frozenset[int] = frozenset()) -> str:
    """A table; columns that are `plain` are HTML already."""
    types = {index for index, name in enumerate(header) if name == "type"} | plain
    head = "".join(f"<th>{name}</th>" for name in header)
    lines = "".join(
        "<tr>" + "".join(f"<td>{cell if at in types else escape(cell)}</td>" for at, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def _id(tag: str) -> str:
    return tag.lower().replace(" ", "-")
