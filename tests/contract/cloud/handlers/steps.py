"""The steps of the state machine."""

import json
import time
from typing import Any

import boto3

SLOW = 100
"""Values from here on take their time."""


class Busy(Exception):
    """Try again later."""


class Fatal(Exception):
    """Don't try again."""


def handler(event: dict[str, Any], _context: object) -> Any:
    return STEPS[event["do"]](event)


def busy_twice(event: dict[str, Any]) -> dict[str, Any]:
    if event["attempt"] < 2:
        raise Busy("come back")
    return {"attempts": event["attempt"] + 1}


def busy_once_then_answer(event: dict[str, Any]) -> None:
    if event["attempt"] < 1:
        raise Busy(event["token"])
    answer(event)


def fatal(_event: dict[str, Any]) -> None:
    raise Fatal("all is lost")


def fatal_later(event: dict[str, Any]) -> None:
    time.sleep(1)
    fatal(event)


def double(event: dict[str, Any]) -> dict[str, Any]:
    if event["value"] < 0:
        raise Fatal("negative")
    time.sleep(0.3 if event["value"] >= SLOW else 0)
    return {"doubled": event["value"] * 2}


def answer(event: dict[str, Any]) -> None:
    boto3.client("stepfunctions").send_task_success(taskToken=event["token"], output=json.dumps(event))


def large(_event: dict[str, Any]) -> str:
    return "é" * 140_000


STEPS = {
    "busy_twice": busy_twice,
    "busy_once_then_answer": busy_once_then_answer,
    "fatal": fatal,
    "fatal_later": fatal_later,
    "double": double,
    "answer": answer,
    "left": answer,
    "right": answer,
    "large": large,
}
