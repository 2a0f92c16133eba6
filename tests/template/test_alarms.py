"""Alarms over several metrics, which the emulated cloud can't play: what their expressions come to."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.template.stack import number, of_type, references, source

SEVERAL = {name: alarm for name, alarm in of_type("AWS::CloudWatch::Alarm", source()).items() if "Metrics" in alarm}
WORKED_OUT: dict[str, Callable[[list[float]], float]] = {"SUM(METRICS())": sum, "MAX(METRICS())": max}
"""CloudWatch's functions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"""


def goes_off(alarm: dict[str, Any], values: list[float]) -> bool:
    """Whether it does, when each of its metrics has one of these values."""
    expression = next(each["Expression"] for each in alarm["Metrics"] if "Expression" in each)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    return bool(WORKED_OUT[expression](values) > number(alarm["Threshold"]))


@pytest.mark.parametrize("name", SEVERAL)
def test_an_alarm_over_several_metrics_goes_off_for_any_of_them(name: str) -> None:
    alarm = SEVERAL[name]
    metrics = [each for each in alarm["Metrics"] if "MetricStat" in each]
    returned = [each for each in alarm["Metrics"] if each["ReturnData"]]
    assert [each["Id"] for each in returned] == ["all"]
    assert 2 <= len(metrics) <= 10
    assert len({each["Id"] for each in metrics}) == len(metrics)
    calm, over = [0.0] * len(metrics), float(number(alarm["Threshold"]) + 1)
    assert not goes_off(alarm, calm)
    for place in range(len(metrics)):
        assert goes_off(alarm, [*calm[:place], over, *calm[place + 1 :]])


def test_every_queue_of_dead_letters_has_its_alarm() -> None:
    queues = {name for name in of_type("AWS::SQS::Queue", source()) if name.endswith("DeadLetters")}
    assert references(SEVERAL["DeadLettersArrive"]["Metrics"]) == queues
