"""More of what `make chaos-hostile` sends: what each route takes beside the bodies that make a job."""

import gzip
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.chaos.hostile_inputs import DATES, NUMBERS, TEXTS, Shot

RUNS_FOR_YEARS = "^(a+)+$"
DIGITS = ("\u0663", "1_000", " 5", "\uff15", "0x10", "5.0", "+5", "")
"""What Python reads as a number and nobody else does, among them."""
CHANGES = (
    ("PATCH", "/v1/batches/{batch}", "metadata"),
    ("PATCH", "/v1/batches/{batch}", "tags"),
    ("PATCH", "/v1/batches/{batch}", "budget_usd"),
    ("POST", "/v1/batches/{batch}/retry", "max_tokens"),
    ("POST", "/v1/batches/{batch}/retry", "what"),
    ("POST", "/v1/dlq/redrive", "job"),
    ("PUT", "/v1/defaults", "max_tokens"),
    ("PUT", "/v1/defaults", "response_schema"),
    ("PUT", "/v1/forecasts/{forecast}/schedule", "every"),
    ("PATCH", "/v1/sessions/{session}", "metadata"),
    ("PATCH", "/v1/sessions/{session}/profile", "summary"),
    ("POST", "/v1/sessions/{session}/train", "text"),
    ("POST", "/v1/sessions/{session}/generate", "words"),
    ("POST", "/v1/sessions/{session}/generate", "outline"),
    ("POST", "/v1/keys", "expires_at"),
    ("POST", "/v1/keys", "scopes"),
    ("POST", "/v1/logs/test", "entries"),
)
LISTS: tuple[tuple[str, str], ...] = (
    ("/v1/batches", "state"),
    ("/v1/batches/{batch}/requests", "search"),
    ("/v1/batches/{batch}/responses", "status"),
    ("/v1/batches/{batch}/errors", "limit"),
    ("/v1/batches/{batch}/results", "format"),
    ("/v1/forecasts/{forecast}/series", "search"),
    ("/v1/forecasts/{forecast}/series", "sort"),
    ("/v1/forecasts/{forecast}/series", "confidence_from"),
    ("/v1/forecasts/{forecast}/observations", "limit"),
    ("/v1/sessions/{session}/history", "cursor"),
    ("/v1/logs", "text"),
    ("/v1/logs", "context"),
    ("/v1/logs", "level"),
    ("/v1/logs/streams", "cursor"),
    ("/v1/audit", "since"),
    ("/v1/audit", "cursor"),
    ("/v1/stats", "by"),
    ("/v1/providers", "cursor"),
)
SAID: tuple[str, ...] = (RUNS_FOR_YEARS, "\u0000", "a\u202eb", "x" * 4000, "a=b=c=", "[" * 1500, "%", "-0", "__class__")


def route_shots() -> Iterator[Shot]:
    """All of them."""
    yield from _changes()
    yield from _lists()
    yield from _spans()
    yield from _schedules()
    yield from _keys()
    yield from _crowds()
    yield from _encodings()
    yield from _headers()


def _changes() -> Iterator[Shot]:
    values = {
        "5,000 digits": NUMBERS["5,000 digits"],
        "1e400": "1e400",
        "half a pair": '"\\ud800"',
        "200 deep": '{"a":' * 200 + "1" + "}" * 200,
        "a long list": "[" + ",".join(["1"] * 20_000) + "]",
        "a long name": '{"' + "n" * 100_000 + '": 1}',
        "zeros": '"\\u0000"',
    }
    for (method, path, field), (name, value) in product(CHANGES, values.items()):
        yield Shot(f"{method} {path}: {field} of {name}", method, path, f'{{"{field}": {value}}}'.encode())


def _lists() -> Iterator[Shot]:
    for (path, name), said in product(LISTS, SAID):
        yield Shot(f"query: {path} {name} {said[:9]!r}", "GET", path, query={name: said})
    for path, digits in product(("/v1/batches", "/v1/logs", "/v1/forecasts/{forecast}/series"), DIGITS):
        yield Shot(f"query: {path} limit {digits!r}", "GET", path, query={"limit": digits})
    many = {f"n{at}": "x" for at in range(500)}
    yield Shot("query: 500 names", "GET", "/v1/logs", query=many)


def _spans() -> Iterator[Shot]:
    """Days from end to end of the calendar, by each of which something might be made."""
    ends = {"since": "1900-01-01", "until": "8999-12-31"}
    for by in ("day", "tag", "model", "lane"):
        yield Shot(f"stats: 7,100 years by {by}", "GET", "/v1/stats", query=ends | {"by": by})
    for name, date in product(("since", "until"), DATES):
        yield Shot(f"stats: {name} {date[:20]}", "GET", "/v1/stats", query={name: date})
    hours = {"since": "1900-01-01T00:00:00Z", "until": "8999-12-31T00:00:00Z"}
    for path in ("/v1/logs", "/v1/logs/stats", "/v1/logs/export", "/v1/audit"):
        yield Shot(f"span: {path}", "GET", path, query=hours)
        yield Shot(f"span: {path} the wrong way", "GET", path, query={"since": hours["until"], "until": hours["since"]})


def _schedules() -> Iterator[Shot]:
    for every, unit in ((10**30, "days"), (0, "hours"), (7, "rate(1 minute)"), (12, "months"), (-1, "weeks")):
        body = json.dumps({"every": every, "unit": unit}).encode()
        yield Shot(f"schedule: {every} {unit}"[:40], "PUT", "/v1/forecasts/{forecast}/schedule", body)
    wild = (
        "cron(* * * * ? *)",
        "cron(0 0 31 2 ? *)",
        "rate(999999 days)",
        "cron(" + "0," * 5000 + ")",
        "at(2030-01-01)",
    )
    for expression in wild:
        body = json.dumps({"expression": expression, "batch": {"prefix": "a", "template": "{a}"}}).encode()
        yield Shot(f"schedule: {expression[:20]}", "POST", "/v1/schedules", body)
    for prefix in ("../other/", "{date-999}", "{" * 400, "a\u0000b", "{date}" * 80):
        body = json.dumps({"every": 1, "batch": {"prefix": prefix, "template": "{a}"}}).encode()
        yield Shot(f"schedule: of {prefix[:12]}", "POST", "/v1/schedules", body)
    for by in ("day," * 2000, "day,kind,provider,model,lane,template,tag,key", "colour", ","):
        yield Shot(f"money: by {by[:12]}", "GET", "/v1/stats/money", query={"by": by})
    for variables in ({}, {"a": "{" * 8000}, {"a" * 64: None}):
        made = {"name": "holes", "options": {"template": "{a}" * 2000}, "variables": variables}
        yield Shot("template: of holes", "POST", "/v1/templates", json.dumps(made).encode())
    for edition in ("-1", "9" * 400, "..%2f0", "\u0663"):
        yield Shot(f"edition: {edition[:9]}", "PUT", f"/v1/forecasts/{{forecast}}/editions/{edition}", b"{}")


def _keys() -> Iterator[Shot]:
    for date in (*DATES, "9999-12-31T23:59:59Z", "2026-11-30T24:00:00Z", "-262144-01-01T00:00:00Z"):
        body = json.dumps({"name": "k", "expires_at": date}).encode()
        yield Shot(f"key: expires {date[:24]}", "POST", "/v1/keys", body)
    for hours in ("1e308", "NaN", "-1", "9" * 400):
        body = f'{{"overlap_hours": {hours}}}'.encode()
        yield Shot(f"key: rotate {hours[:9]}", "POST", "/v1/keys/0000000000000000/rotate", body)
    for id in ("..", "K%23acme", "0" * 5000, "%00"):
        yield Shot(f"key: revoke {id[:9]}", "DELETE", f"/v1/keys/{id}")


def _crowds() -> Iterator[Shot]:
    """Many small things, of which each costs something."""
    same: list[Any] = [{"input": "a", "custom_id": "same"}] * 20_000
    yield Shot("batch: 20,000 of one id", "POST", "/v1/batches", json.dumps({"requests": same}).encode())
    nothing = b'{"requests": [' + b"{}," * 200_000 + b"{}]}"
    yield Shot("batch: 200,000 empty requests", "POST", "/v1/batches", nothing)
    holes = {"requests": [{"a": "b"}], "prompt_template": "{{a}}" * 20_000, "model": "gpt-5.4-nano"}
    yield Shot("batch: a template of holes", "POST", "/v1/batches", json.dumps(holes).encode())
    open_holes = {"requests": [{"a": "b"}], "prompt_template": "{{" * 50_000}
    yield Shot("batch: a template never closed", "POST", "/v1/batches", json.dumps(open_holes).encode())
    flat = {"series": [{"name": f"s{at}", "values": [1]} for at in range(20_000)], "models_to_try": 1}
    yield Shot("forecast: 20,000 of one value", "POST", "/v1/forecasts", json.dumps(flat).encode())
    long = {"series": [{"name": "a", "values": [at % 7 for at in range(300_000)]}], "models_to_try": 1}
    yield Shot("forecast: 300,000 values", "POST", "/v1/forecasts", json.dumps(long).encode())
    nulls = {"series": [{"name": "a", "values": [None] * 5000}], "models_to_try": 1}
    yield Shot("forecast: holes alone", "POST", "/v1/forecasts", json.dumps(nulls).encode())
    huge = {"series": [{"name": "a", "values": [1e308, -1e308] * 30}], "models_to_try": 3, "horizon": 3}
    yield Shot("forecast: at the edge of floats", "POST", "/v1/forecasts", json.dumps(huge).encode())
    tiny = {"series": [{"name": "a", "values": [5e-324, 0.0] * 30}], "models_to_try": 3, "horizon": 3}
    yield Shot("forecast: at the edge of nothing", "POST", "/v1/forecasts", json.dumps(tiny).encode())
    entries = {"entries": [{"message": "m"}] * 50_000}
    yield Shot("log: 50,000 entries", "POST", "/v1/logs", json.dumps(entries).encode())
    twice = b'{"requests": [{"input": "a"}], "requests": [{"input": "b"}], "__proto__": {}, "mode": "batch"}'
    yield Shot("batch: a name twice", "POST", "/v1/batches", twice)


def _encodings() -> Iterator[Shot]:
    good = '{"message": "m"}'
    bodies = {
        "UTF-16": good.encode("utf-16"),
        "UTF-32": good.encode("utf-32-be"),
        "a byte order mark": good.encode("utf-8-sig"),
        "surrogates as bytes": b'{"message": "\xed\xa0\x80"}',
        "overlong": b'{"message": "\xc0\xaf"}',
        "a comment": b'{"message": "m" /* */}',
        "single quotes": b"{'message': 'm'}",
        "two bodies": good.encode() * 2,
        "a zero behind": good.encode() + b"\x00",
    }
    for (name, body), path in product(bodies.items(), ("/v1/logs", "/v1/batches", "/v1/sessions")):
        yield Shot(f"encoding: {path} {name}", "POST", path, body)
    packed = {"Content-Type": "application/gzip", "Content-Encoding": "gzip"}
    yield Shot("encoding: gzip twice", "POST", "/v1/logs", gzip.compress(gzip.compress(good.encode())), headers=packed)
    yield Shot("encoding: no gzip", "POST", "/v1/logs", good.encode(), headers=packed)
    yield Shot("encoding: gzip of a batch", "POST", "/v1/batches", gzip.compress(good.encode()), headers=packed)


def _headers() -> Iterator[Shot]:
    headers = {
        "Content-Type": "multipart/form-data; boundary=" + "x" * 2000,
        "Accept": ", ".join(f"a/b{at};q=0.{at}" for at in range(500)),
        "Accept-Language": "*" * 4000,
        "If-None-Match": '"' + "x" * 8000 + '"',
        "Range": "bytes=0-,-1,5-4",
        "Origin": "null",
        "X-Forwarded-For": "a\u202eb".encode().decode("latin-1"),
        "User-Agent": "\u00ff" * 4000,
        "X-HTTP-Method-Override": "DELETE",
    }
    for (name, value), path in product(headers.items(), ("/v1/batches/{batch}", "/v1/forecasts/{forecast}")):
        yield Shot(f"header: {name} {path}", "GET", path, headers={name: value})
    for name, text in TEXTS.items():
        said = {"User-Agent": text.replace("\u0000", "").replace("\n", "").replace("\u202e", "\u00ff")[:4000]}
        yield Shot(f"audit: {name}", "POST", "/v1/sessions", b'{"name": "s"}', headers=said)
