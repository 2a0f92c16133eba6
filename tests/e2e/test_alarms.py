"""Each alarm of one metric goes off, and back, on the emulated cloud; those over several are in
tests/template/test_alarms.py."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.stack import LocalStack
from tests.template.stack import of_type, source
from tests.template.test_alarms import SEVERAL
from tests.waiting import until

ALONE = sorted(of_type("AWS::CloudWatch::Alarm", source()).keys() - SEVERAL.keys())


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One of its own: alarms that went off are what `fanfold doctor` finds."""
    with LocalStack(None, tmp_path_factory.mktemp("alarms"), environ={}) as stack:
        yield stack


@pytest.mark.parametrize("name", ALONE)
def test_an_alarm_goes_off_and_back_with_its_metric(name: str, stack: LocalStack) -> None:
    cloudwatch = stack.cloud.client("cloudwatch")
    alarm = alarm_of(name, stack)
    below = alarm["ComparisonOperator"] == "LessThanThreshold"
    calm, over = (alarm["Threshold"] + step for step in ((1, -1) if below else (0, 1)))
    metric = {"MetricName": alarm["MetricName"], "Dimensions": alarm.get("Dimensions", [])}
    others = {"Dimensions": [{"Name": "service", "Value": "another stage"}]}

    def put(**datum: Any) -> None:
        cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[metric | datum])

    put(Value=calm)
    until(lambda: alarm_of(name, stack)["StateValue"] == "OK")
    if not below:
        put(Value=over, **others)
        assert alarm_of(name, stack)["StateValue"] == "OK"
        put(Value=over)
        until(lambda: alarm_of(name, stack)["StateValue"] == "ALARM")
    history = cloudwatch.describe_alarm_history(AlarmName=alarm["AlarmName"])["AlarmHistoryItems"]
    changes = [each["HistorySummary"] for each in history if each["HistoryItemType"] == "StateUpdate"]
    assert any(each.endswith("to ALARM") for each in changes)
    assert any(each.endswith("to OK") for each in changes)


def alarm_of(name: str, stack: LocalStack) -> dict[str, Any]:
    physical = stack.cloud.deployed.resources[name]
    (found,) = stack.cloud.client("cloudwatch").describe_alarms(AlarmNames=[physical])["MetricAlarms"]
    return dict(found)
