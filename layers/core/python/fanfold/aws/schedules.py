"""EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from fanfold.errors import Invalid
from fanfold.ports import Timetable

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef

MOMENT = "<aws.scheduler.scheduled-time>"
"""What Scheduler replaces by the moment that a start was planned for: the same one if it starts twice."""


class EventBridgeScheduler:
    """Schedules of one group that start one state machine or function by way of one role; who only removes some need
    not be given the two."""

    def __init__(
        self, client: "EventBridgeSchedulerClient", group: str, target: Callable[[], str], role: Callable[[], str]
    ) -> None:
        self._client, self._group, self._target, self._role = client, group, target, role

    def put(self, name: str, timetable: Timetable, command: Mapping[str, str]) -> None:
        said = self._said(name, timetable, command)
        try:
            try:
                self._client.create_schedule(**said)
            except self._client.exceptions.ConflictException:
                self._client.update_schedule(**said)
        except self._client.exceptions.ValidationException as error:
            raise Invalid(error.response["Error"]["Message"], field="expression") from error

    def remove(self, name: str) -> None:
        with suppress(self._client.exceptions.ResourceNotFoundException):
            self._client.delete_schedule(Name=name, GroupName=self._group)

    def _said(self, name: str, timetable: Timetable, command: Mapping[str, str]) -> "CreateScheduleInputTypeDef":
        said: CreateScheduleInputTypeDef = {
            "Name": name,
            "GroupName": self._group,
            "ScheduleExpression": timetable.expression,
            "ScheduleExpressionTimezone": timetable.timezone,
            "State": "ENABLED" if timetable.enabled else "DISABLED",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            # what comes once goes when it has come
            "ActionAfterCompletion": "DELETE" if timetable.expression.startswith("at(") else "NONE",
            "Target": {"Arn": self._target(), "RoleArn": self._role(), "Input": json.dumps({**command, "at": MOMENT})},
        }
        if timetable.starts_at:
            said["StartDate"] = timetable.starts_at
        if timetable.ends_at:
            said["EndDate"] = timetable.ends_at
        return said
