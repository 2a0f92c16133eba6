"""Alarms as CloudWatch evaluates them: by the metric of their own dimensions, and with what missing data means.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import time
from collections.abc import Callable
from typing import Any

from local.cloud.seam import replace, require

Alarm = dict[str, Any]
HOLDS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": float.__gt__,
    "GreaterThanOrEqualToThreshold": float.__ge__,
    "LessThanThreshold": float.__lt__,
    "LessThanOrEqualToThreshold": float.__le__,
}
MISSING = {"breaching": "ALARM", "notBreaching": "OK", "missing": "INSUFFICIENT_DATA"}


def install() -> None:
    from ministack.services import cloudwatch, lambda_svc

    require(cloudwatch, "_metrics", "_dims_key", "_calc_stats", "_record_history", "_dispatch_alarm_actions")
    replace(cloudwatch, "_evaluate_alarm", "alarm", lambda _: _evaluate)
    # It measures the calls of its Invoke alone, and not those of rules, queues, streams and machines.
    replace(lambda_svc, "_emit_lambda_metrics", "function_name duration_ms error throttle", lambda _: _unmeasured)


def _unmeasured(*_: Any, **__: Any) -> None:
    """Nothing: `measure_invocation` does it for every call."""


def measure_invocation(function: str, failed: bool) -> None:
    """Lambda's own metrics of a call, whoever made it, and what they mean for alarms."""
    from ministack.services import cloudwatch

    for name, value in (("Invocations", 1), ("Errors", int(failed))):
        cloudwatch.record_metric("AWS/Lambda", name, value, "Count", {"FunctionName": function})
    for alarm in tuple(cloudwatch._alarms.values()):  # a deployment may add some meanwhile
        _evaluate(alarm)


def _evaluate(alarm: Alarm) -> None:
    from ministack.services import cloudwatch

    if not alarm.get("MetricName"):
        return
    points = _points(alarm)
    if points:
        value = float(cloudwatch._calc_stats(points)[alarm["Statistic"]])
        breaches = HOLDS[alarm["ComparisonOperator"]](value, float(alarm["Threshold"]))
        _enter(alarm, "ALARM" if breaches else "OK", f"{alarm['Statistic']} is {value}")
    elif state := MISSING.get(alarm.get("TreatMissingData", "missing")):
        _enter(alarm, state, "no data")


def _points(alarm: Alarm) -> list[Any]:
    """What the metric has had in the periods that the alarm looks at."""
    from ministack.services import cloudwatch

    given = alarm.get("Dimensions") or {}
    dimensions = given if isinstance(given, dict) else {each["Name"]: each["Value"] for each in given}
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
    since = time.time() - alarm["Period"] * alarm["EvaluationPeriods"]
    return [point for point in cloudwatch._metrics.get(key) or () if point["Timestamp"] >= since]


def _enter(alarm: Alarm, state: str, reason: str) -> None:
    from ministack.services import cloudwatch

    before = alarm["StateValue"]
    if before == state:
        return
    alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
