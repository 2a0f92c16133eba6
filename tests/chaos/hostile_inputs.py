"""What `make chaos-hostile` sends: bodies, queries, keys, paths and files that mean harm, each with a name."""

import gzip
import io
import json
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.fakes import bombs, pdfs


class Shot(NamedTuple):
    """A call; `{job}` and the like in its path are its sender's own."""

    name: str
    method: str
    path: str
    body: bytes | None = None
    query: dict[str, str] | None = None
    headers: dict[str, str] | None = None
    """As the bytes of Latin-1, in which headers are sent."""


class Parcel(NamedTuple):
    """A file that is uploaded, and what is to be made of it: a batch, a forecast or a document."""

    name: str
    filename: str
    body: bytes
    kind: str
    options: dict[str, Any]


NUMBERS = {
    "60 digits": "9" * 60,
    "400 digits": "9" * 400,
    "5,000 digits": "9" * 5000,
    "1e-300": "1e-300",
    "1e400": "1e400",
    "NaN": "NaN",
    "2**63": str(2**63),
}
TEXTS = {
    "a mark that turns text": "a\u202eb",
    "zeros": "\u0000",
    "half a pair": "\\ud800",
    "a path": "../../other",
    "long": "x" * 100_000,
    "a formula": "\n=1+1",
}
DATES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30", "10000-01-01", "9" * 400, "-1")
BATCH: tuple[str, ...] = (
    "max_tokens",
    "temperature",
    "top_p",
    "seed",
    "budget_usd",
    "batch_size",
    "timeout",
    "retry_attempts",
)
BATCH += ("requests_per_minute", "retention_days", "deadline", "sample", "metadata", "tools", "response_schema")
FORECAST: tuple[str, ...] = (
    "horizon",
    "season",
    "levels",
    "seed",
    "chunk",
    "work_limit",
    "time_limit",
    "lead_time",
    "service_level",
)
FORECAST += ("models_to_try", "max_series", "max_cost_usd", "header_row", "skip_rows", "alert_below")
LINES = (
    '{"input": "a", "max_tokens": #}',
    '{"input": "a", "custom_id": #}',
    '{"body": {"model": "gpt-5.4-nano", "messages": [{"role": "user", "content": "a"}], "max_tokens": #}}',
    '{"input": "a", "response_schema": {"type": "integer", "maximum": #}}',
)
LISTS: tuple[str, ...] = (
    "/v1/batches",
    "/v1/batches/{batch}/requests",
    "/v1/forecasts",
    "/v1/forecasts/{forecast}/series",
)
LISTS += ("/v1/sessions", "/v1/jobs", "/v1/logs", "/v1/dlq")
ONES: tuple[str, ...] = (
    "/v1/batches/#",
    "/v1/batches/{batch}/requests/#",
    "/v1/forecasts/#",
    "/v1/forecasts/{forecast}/series/#",
)
ONES += ("/v1/sessions/#", "/v1/jobs/#", "/v1/logs/#", "/v1/forecasts/{forecast}/exports/#", "/v1/results/#")
PLACES = ("../x", "..%2f..%2fx", "%2e%2e", "%00", "a%0d%0ab", "%ff", "#T%23acme", "a" * 2000, "\u202e", "*", "' OR 1=1")
SCHEMAS: dict[str, Any] = {
    "a pattern that runs for years": {"pattern": "^(a+)+$"},
    "look-around": {"pattern": "(?=a)b"},
    "repetitions of repetitions": {"pattern": "((a{100}){100}){100}"},
    "itself": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
    "elsewhere": {"$ref": "http://127.0.0.1/schema.json"},
    "another dialect inside": {"properties": {"a": {"$schema": "http://json-schema.org/draft-07/schema#"}}},
    "15,000 parts": {"anyOf": [{}] * 15_000},
    "no schema": {"properties": 7},
}


def nested(levels: int, opening: str = '{"not":', closing: str = "}") -> str:
    return opening * levels + "{}" + closing * levels


def tower(floors: int) -> dict[str, Any]:
    """Each floor names the one below twice."""
    floor = {f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at - 1}"}] * 2} for at in range(1, floors)}
    return {"$defs": {"d0": {"type": "string"}} | floor, "$ref": f"#/$defs/d{floors - 1}"}


def shots() -> Iterator[Shot]:
    """The calls of this module."""
    for made in (_batches, _forecasts, _logs, _places, _cursors, _dates, _others):
        yield from made()


def _batches() -> Iterator[Shot]:
    for field, (name, number) in product(BATCH, NUMBERS.items()):
        body = f'{{"requests": [{{"input": "a"}}], "{field}": {number}}}'
        yield Shot(f"batch: {field} of {name}", "POST", "/v1/batches", body.encode())
    for line, (name, number) in product(LINES, NUMBERS.items()):
        body = f'{{"requests": [{line.replace("#", number)}, {{"input": "good"}}]}}'
        yield Shot(f"batch: line with {name}", "POST", "/v1/batches", body.encode())
    for name, text in TEXTS.items():
        said = json.dumps(text).replace("\\\\ud800", "\\ud800")
        for body in (
            f'{{"requests": [{{"input": "a", "custom_id": {said}}}]}}',
            f'{{"requests": [{{"input": {said}}}]}}',
        ):
            yield Shot(f"batch: {name}", "POST", "/v1/batches", body.encode())
    for levels in (60, 150, 1500):
        body = f'{{"requests": [{{"input": "a"}}], "response_schema": {nested(levels)}}}'
        yield Shot(f"batch: {levels} nots", "POST", "/v1/batches", body.encode())
    for name, schema in (SCHEMAS | {"a tower": tower(30)}).items():
        body = json.dumps({"requests": [{"input": "a"}], "response_schema": schema, "mode": "realtime"})
        yield Shot(f"batch: a schema, {name}", "POST", "/v1/batches", body.encode())


def _forecasts() -> Iterator[Shot]:
    good = [{"name": "a", "values": [1, 2, 3] * 8}]
    for field, (name, number) in product(FORECAST, NUMBERS.items()):
        body = json.dumps({"series": good})[:-1] + f', "{field}": {number}}}'
        yield Shot(f"forecast: {field} of {name}", "POST", "/v1/forecasts", body.encode())
    for name, number in NUMBERS.items():
        for series in (f'[{{"name": "a", "values": [1, {number}]}}]', f'{{"a": [1, 2, {number}]}}'):
            yield Shot(f"forecast: values, {name}", "POST", "/v1/forecasts", f'{{"series": {series}}}'.encode())
    for date in DATES:
        body = json.dumps({"series": [{"name": "a", "values": [1, 2], "dates": [date, date]}], "end": date})
        yield Shot(f"forecast: dates, {date[:20]}", "POST", "/v1/forecasts", body.encode())
        body = json.dumps({"observations": [{"series": "a", "date": date, "value": 1}]})
        yield Shot(f"observation: {date[:20]}", "POST", "/v1/forecasts/{forecast}/observations", body.encode())
    for name, number in NUMBERS.items():
        body = f'{{"observations": [{{"series": "a", "value": {number}}}]}}'
        yield Shot(f"observation: {name}", "POST", "/v1/forecasts/{forecast}/observations", body.encode())
        yield Shot(f"actuals: {name}", "POST", "/v1/forecasts/{forecast}/actuals", body.encode())


def _logs() -> Iterator[Shot]:
    bodies = {f"nested {levels} deep": _deep(levels) for levels in (100, 260, 900, 100_000)}
    for name, number in NUMBERS.items():
        bodies[name] = f'{{"entries": [{{"message": "good"}}, {{"message": "m", "context": {{"n": {number}}}}}]}}'
    for name, text in TEXTS.items():
        bodies[name] = json.dumps({"message": "m", "client_id": text, "stream": text[:50]})
    for name, body in bodies.items():
        yield Shot(f"log: {name}", "POST", "/v1/logs", body.encode())
    for name, packed in _packed().items():
        yield Shot(f"log: gzip, {name}", "POST", "/v1/logs", packed, headers={"Content-Type": "application/gzip"})
    yield Shot("log: the list", "GET", "/v1/logs", query={"limit": "1000"})


def _deep(levels: int) -> str:
    return '{"message": "m", "context": ' + nested(levels, '{"a":') + "}"


def _packed() -> dict[str, bytes]:
    plain = b'{"message": "m"}'
    return {
        "two members": gzip.compress(plain[:5]) + gzip.compress(plain[5:]),
        "junk behind": gzip.compress(plain) + b"junk",
        "cut off": gzip.compress(plain)[:-3],
        "a bomb": gzip.compress(b" " * 200_000_000),
        "a thousand members": gzip.compress(b"") * 2000,
    }


def _places() -> Iterator[Shot]:
    for path, place in product(ONES, PLACES):
        yield Shot(f"path: {path} {place[:20]!r}", "GET", path.replace("#", quote(place, safe="%/#'*")))


def _cursors() -> Iterator[Shot]:
    made = (b"[" * 1500, b"[" * 1500 + b"]" * 1500, b"9" * 5000, b'["x", 1e999, -1]', b'{"pk": "T#acme"}', b"\xff")
    for path, place in product(LISTS, made):
        yield Shot(f"cursor: {path} {place[:9]!r}", "GET", path, query={"cursor": urlsafe_b64encode(place).decode()})
    for path, limit in product(LISTS, ("9" * 400, "-1", "1e3", "NaN")):
        yield Shot(f"limit: {path} {limit[:9]}", "GET", path, query={"limit": limit})


def _dates() -> Iterator[Shot]:
    names = {"/v1/logs": ("since", "until"), "/v1/logs/stats": ("since", "until"), "/v1/stats": ("since", "until")}
    for path, given in names.items():
        for name, date in product(given, (*DATES, "0001-01-01", "9999-12-31")):
            yield Shot(f"date: {path} {name} {date[:20]}", "GET", path, query={name: date})


def _others() -> Iterator[Shot]:
    good = b'{"requests": [{"input": "a"}]}'
    for key in ("", "x" * 3000, "../x", "a#b", "\u00e9"):
        yield Shot(f"idempotency key {key[:9]!r}", "POST", "/v1/batches", good, headers={"Idempotency-Key": key})
    for path in ("/v1/batches", "/v1/forecasts", "/v1/sessions", "/v1/logs", "/v1/keys", "/v1/uploads"):
        for name, body in {
            "brackets": b"[" * 100_000,
            "no UTF-8": b"\xff\xfe",
            "nothing": b"",
            "null": b"null",
        }.items():
            yield Shot(f"body: {path} {name}", "POST", path, body)
    for name in ("../../x.csv", "a\u202ecsv.xlsx", "x" * 500 + ".csv", ".csv", "a/b.csv", "\u0000.csv"):
        yield Shot(f"upload: {name[:12]!r}", "POST", "/v1/uploads", json.dumps({"filename": name}).encode())
    for name, text in TEXTS.items():
        yield Shot(f"session: {name}", "POST", "/v1/sessions", json.dumps({"name": text}).encode())
    for name, number in NUMBERS.items():
        body = f'{{"daily_usd": {number}, "monthly_usd": {number}}}'.encode()
        yield Shot(f"budget: {name}", "PUT", "/v1/budget", body)
        yield Shot(f"retention: {name}", "PUT", "/v1/logs/streams/s", f'{{"retention_days": {number}}}'.encode())


def parcels() -> list[Parcel]:
    """Files: most end in a failed job with a sentence, those with one bad line in a completed one."""
    months = "name,date,value\n" + "\n".join(f"a,{2020 + at // 12}-{at % 12 + 1:02},{at}" for at in range(40))
    long = "9" * 5000
    cheap = {"models_to_try": 2, "horizon": 3}
    schema = {"response_schema": {"type": "string", "pattern": "^(a+)+$"}, "mode": "realtime"}
    lines = "\n".join('{"input": "Say a"}' for _ in range(20))
    found = [
        Parcel("merged cells over each other", "bad.xlsx", bombs.merged(3000), "forecasts", cheap),
        Parcel("one merged sheet", "bad.xlsx", bombs.merged(1), "forecasts", cheap),
        Parcel("44 KB of Parquet, 100 MB of rows", "bad.parquet", bombs.parquet(10_000_000), "forecasts", cheap),
        Parcel("a zip of a zip of zeros", "bad.zip", _zipped(bytes(60_000_000)), "forecasts", cheap),
        Parcel("no zip", "bad.zip", b"PK\x03\x04" + bytes(100), "forecasts", cheap),
        Parcel("a value of 5,000 digits", "a.csv", f"{months}\na,2024-01,{long}".encode(), "forecasts", cheap),
        Parcel("a date of 5,000 digits", "a.csv", f"{months}\na,{long},1".encode(), "forecasts", cheap),
        Parcel("brackets", "a.json", b"[" * 1_000_000, "forecasts", cheap),
        Parcel("a line without end", "a.csv", b"a,b,c\n" + b"x" * 20_000_000, "forecasts", cheap),
        Parcel("brackets", "a.jsonl", b"[" * 1_000_000, "batches", {}),
        Parcel("a quote without end", "a.csv", b'input\n"' + b"x\n" * 500_000, "batches", {}),
        Parcel("a pattern that runs for years", "a.jsonl", lines.encode(), "batches", schema),
        Parcel("a tower", "a.jsonl", lines.encode(), "batches", {"response_schema": tower(30), "mode": "realtime"}),
        Parcel("a bomb", "a.pdf", pdfs.bomb(), "writing", {}),
        Parcel("bombs in each other", "a.pdf", pdfs.bomb(layers=3), "writing", {}),
        Parcel("brackets", "a.pdf", pdfs.assembled(b"[" * 100_000), "writing", {}),
    ]
    for name, number in NUMBERS.items():
        body = f'{{"input": "Say a"}}\n{{"input": "a", "max_tokens": {number}}}\n'.encode()
        found.append(Parcel(f"a line with {name}", "a.jsonl", body, "batches", {}))
    return found


def _zipped(body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", b"name,date,value\n" + body)
    return out.getvalue()
