"""What a deployment costs in a month in which nobody uses it, counted from the template, without free tiers.

Alarms have a line of their own: they watch whether anybody uses it or not.
"""

import re
from collections.abc import Iterator
from typing import Any

from benchmarks import prices
from local.cloud.template import read
from local.stack import TEMPLATE
from tools.measure import Bar, Size

TITLE = "Dollars of an idle month"
MINUTES = 30 * 24 * 60
POLLERS, POLLS_A_MINUTE = 5, 3
"""Lambda asks each queue over five connections, which wait for 20 s each:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
WARM_SECONDS, MEMORY = 0.1, 512
"""What a scheduled function takes that finds nothing, and the template's default in MB."""
SECRET, ALARM_METRIC = 0.40, 0.10
MOST = 2.00


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Dollars a month, and what they are for."""
    template = read(TEMPLATE)
    functions = [each["Properties"] for each in template.of_type("AWS::Serverless::Function").values()]
    alarms = [each["Properties"] for each in template.of_type("AWS::CloudWatch::Alarm").values()]
    queues = [event for function in functions for event in _events(function) if event["Type"] == "SQS"]
    polling = len(queues) * POLLERS * POLLS_A_MINUTE * MINUTES * prices.SQS_REQUEST
    scheduled = sum(map(_scheduled, functions))
    yield Bar(f"{len(queues)} queues that are polled", f"{polling:.2f} USD")
    yield Bar("scheduled functions", f"{scheduled:.2f} USD")
    yield Bar("the secret with provider keys", f"{SECRET:.2f} USD")
    total = polling + scheduled + SECRET
    yield Bar("idle, a month", f"{total:.2f} USD", f"≤ {MOST:.2f} USD", size is Size.SMOKE or total <= MOST)
    yield Bar(f"{len(alarms)} alarms besides", f"{sum(map(_metrics, alarms)) * ALARM_METRIC:.2f} USD")


def _events(function: dict[str, Any]) -> list[dict[str, Any]]:
    return list(function.get("Events", {}).values())


def _scheduled(function: dict[str, Any]) -> float:
    """A function's schedules: requests, memory for a moment, the lines that Lambda logs."""
    memory: int = function.get("MemorySize", MEMORY)
    once = prices.LAMBDA_REQUEST + memory / 1024 * WARM_SECONDS * prices.LAMBDA_GB_SECOND
    once += prices.LOG_BYTES_AN_INVOCATION / 1024**3 * prices.LOGS_GB
    told = [event["Properties"]["Schedule"] for event in _events(function) if event["Type"] == "Schedule"]
    every = [int(found[1]) for each in told if (found := re.fullmatch(r"rate\((\d+) minutes?\)", each))]
    return sum(MINUTES / minutes * once for minutes in every)


def _metrics(alarm: dict[str, Any]) -> int:
    """How many an alarm looks at; each costs."""
    return len([each for each in alarm["Metrics"] if "MetricStat" in each]) if "Metrics" in alarm else 1
