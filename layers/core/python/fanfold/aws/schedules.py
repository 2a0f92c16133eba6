"""EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef

MOMENT = "<aws.scheduler.scheduled-time>"
"""What Scheduler replaces by the moment that a start was planned for: the same one if it starts twice."""


class Scheduler:
    """Schedules of one group that start one state machine by way of one role."""

    def __init__(self, client: "EventBridgeSchedulerClient", group: str, machine: str, role: str) -> None:
        self._client, self._group, self._machine, self._role = client, group, machine, role

    def put(self, name: str, every: str, command: Mapping[str, str]) -> None:
        said: CreateScheduleInputTypeDef = {
            "Name": name,
            "GroupName": self._group,
            "ScheduleExpression": every,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            # what comes once goes when it has come
            "ActionAfterCompletion": "DELETE" if every.startswith("at(") else "NONE",
            "Target": {"Arn": self._machine, "RoleArn": self._role, "Input": json.dumps({**command, "at": MOMENT})},
        }
        try:
            self._client.create_schedule(**said)
        except self._client.exceptions.ConflictException:
            self._client.update_schedule(**said)

    def remove(self, name: str) -> None:
        with suppress(self._client.exceptions.ResourceNotFoundException):
            self._client.delete_schedule(Name=name, GroupName=self._group)
