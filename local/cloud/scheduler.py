"""EventBridge Scheduler's own rules, in place of the emulator's, which has a rule's: UTC, and rates from creation on.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html: a rate is due at its `StartDate`, or at once
without one; a cron expression is read in the schedule's time zone; the input's placeholders are filled. What Scheduler
would refuse is refused. A shorter minute makes waits for rates shorter, and leaves the moments that they tell.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from local.cloud.seam import replace, require

State = dict[str, Any]
LATEST_START = timedelta(minutes=5)
JUST_MADE = 60
"""Seconds after its creation in which a schedule that is seen for the first time starts what was due since."""


def install(minute_seconds: float) -> None:
    """Start schedules by Scheduler's rules; a minute of a rate takes `minute_seconds`."""
    from ministack.services import scheduler

    require(scheduler, "_schedules", "_error", "_SCHEDULE_TICK_INTERVAL")
    ticker = Ticker(minute_seconds / 60)
    replace(scheduler, "_tick_schedules", "", lambda original: lambda: ticker.tick(time.time()))
    for name in ("_create_schedule", "_update_schedule"):
        replace(scheduler, name, "name body", _checked)


class Moment(NamedTuple):
    """A run: when it is to be told that it was due, and when it comes here."""

    told: datetime
    here: float


class Ticker:
    """Which runs have come, by schedule; a run that came due while nobody looked is not made up for."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._seen: dict[Any, float] = {}

    def tick(self, now: float) -> None:
        """Start whatever is due."""
        from ministack.services import scheduler

        for key, schedule in list(scheduler._schedules._data.items()):
            since = self._seen.get(key, _first_look(schedule, now))
            self._seen[key] = now
            run = next(runs(schedule, since, self._factor), None)
            if schedule.get("State") == "ENABLED" and run is not None and run.here <= now:
                _start(key, schedule, run.told)


def runs(schedule: State, since: float, factor: float) -> Iterator[Moment]:
    """The runs of a schedule that come after a moment. Raises ValueError for what is no expression."""
    from fanfold.schedules.timing import Due

    expression, zone = schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone") or "UTC"
    if expression.startswith("at("):
        at = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        yield from [Moment(at, at.timestamp())] if at.timestamp() > since else []
        return
    made, start = float(schedule["CreationDate"]), _epoch(schedule.get("StartDate"))
    end = _epoch(schedule.get("EndDate"))
    anchor = start if start is not None else made
    due = Due(expression, zone, _moment(anchor), _moment(end) if end else None)
    scale = factor if due.step else 1.0
    nominal = _moment(made + (since - made) / scale)
    for told in due.runs(nominal):
        yield Moment(told, made + (told.timestamp() - made) * scale)


def _first_look(schedule: State, now: float) -> float:
    made = max(float(schedule["CreationDate"]), float(schedule["LastModificationDate"]))
    return made - 1 if now - made < JUST_MADE else now


def _start(key: Any, schedule: State, told: datetime) -> None:
    from ministack.core.responses import new_uuid, set_request_account_id, set_request_region
    from ministack.services import eventbridge, scheduler

    account, region, _ = key
    set_request_account_id(account)
    set_request_region(region)
    filled = {
        "<aws.scheduler.schedule-arn>": schedule["Arn"],
        "<aws.scheduler.scheduled-time>": told.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "<aws.scheduler.execution-id>": new_uuid(),
        "<aws.scheduler.attempt-number>": "1",
    }
    target = dict(schedule["Target"])
    for placeholder, value in filled.items():
        target["Input"] = str(target.get("Input", "{}")).replace(placeholder, value)
    event = {"EventId": new_uuid(), "Source": "aws.scheduler", "DetailType": "Scheduled Event", "Detail": "{}"}
    event |= {"Time": told.timestamp(), "Resources": [schedule["Arn"]], "Account": account, "Region": region}
    eventbridge._invoke_target(target, event, schedule)
    if schedule["ScheduleExpression"].startswith("at(") and schedule.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules._data.pop(key, None)


def _checked(original: Callable[[str, State], Any]) -> Callable[[str, State], Any]:
    def put(name: str, body: State) -> Any:
        from ministack.services import scheduler

        if why := refusal(body, datetime.now(UTC)):
            return scheduler._error(400, "ValidationException", why)
        return original(name, body)

    return put


def refusal(body: State, now: datetime) -> str | None:
    """Why Scheduler would not take it."""
    zone = body.get("ScheduleExpressionTimezone") or "UTC"
    if zone not in available_timezones():
        return f"Provided ScheduleExpressionTimezone {zone} is invalid"
    start, end = _epoch(body.get("StartDate")), _epoch(body.get("EndDate"))
    expression = str(body.get("ScheduleExpression", ""))
    if start is not None and not expression.startswith("at(") and _moment(start) < now - LATEST_START:
        return "The StartDate you specify cannot be earlier than 5 minutes ago."
    if end is not None and (_moment(end) <= now or (start is not None and end < start)):
        return "The EndDate you specify cannot be earlier than the present, or than the StartDate."
    try:
        next(runs({**body, "CreationDate": now.timestamp()}, 0, 1), None)
    except ValueError:
        return f"Invalid Schedule Expression {expression}."
    return None


def _epoch(value: object) -> float | None:
    if value is None or isinstance(value, int | float):
        return None if value is None else float(value)
    return datetime.fromisoformat(str(value)).timestamp()


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
