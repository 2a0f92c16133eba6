"""A shorter minute for `rate(…)` schedules, so that a test or a demo need not wait for one.

The emulator's own schedulers still fire the rules and schedules of the template.
"""

from collections.abc import Callable
from typing import Any

from local.cloud.seam import replace, require

TICKS_PER_MINUTE = 6


def install(minute_seconds: float) -> None:
    """Let `rate(1 minute)` mean `minute_seconds`."""
    from ministack.services import eventbridge, scheduler

    from local.cloud import scheduler as rules

    require(eventbridge, "_SCHEDULER_TICK_INTERVAL")
    rules.install(minute_seconds)
    if minute_seconds == 60:
        return
    eventbridge._SCHEDULER_TICK_INTERVAL = minute_seconds / TICKS_PER_MINUTE
    scheduler._SCHEDULE_TICK_INTERVAL = minute_seconds / TICKS_PER_MINUTE
    replace(eventbridge, "_parse_rate_seconds", "expr", lambda original: _scaled(original, minute_seconds / 60))


def _scaled(original: Callable[[str], int | None], factor: float) -> Callable[[str], Any]:
    def seconds(expr: str) -> float | None:
        rate = original(expr)
        return None if rate is None else rate * factor

    return seconds
