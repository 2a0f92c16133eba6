"""Answers HTTP: what came in, or one of the shapes a response can have."""

import base64
import json
import os
from typing import Any

import shelf

PIXEL = bytes(range(256))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    shape = (event.get("queryStringParameters") or {}).get("shape", "echo")
    return SHAPES[shape](event, context)


def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    body = {"event": event, "left_ms": context.get_remaining_time_in_millis(), "shelf": shelf.ORIGIN}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def problem(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    headers = {"Content-Type": "application/problem+json"}
    return {"statusCode": 422, "headers": headers, "body": json.dumps({"title": "No good", "status": 422})}


def away(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {"statusCode": 302, "headers": {"Location": "http://127.0.0.1:1/elsewhere"}}


def binary(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    body = base64.b64encode(PIXEL).decode()
    return {"statusCode": 200, "headers": {"Content-Type": "image/x"}, "body": body, "isBase64Encoded": True}


def environment(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {"statusCode": 200, "body": json.dumps(dict(os.environ))}


def crash(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    raise RuntimeError("no answer")


SHAPES = {
    "echo": echo,
    "problem": problem,
    "away": away,
    "binary": binary,
    "environment": environment,
    "crash": crash,
}
