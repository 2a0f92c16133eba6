"""Executions that a restart interrupted: the emulator marks them failed, and here also says so.

On AWS nothing interrupts them; a status-change event is how the product hears of any that end by themselves.
"""

import threading
from collections.abc import Callable
from typing import Any

from local.cloud.seam import replace, require

SETTLE_SECONDS = 1.0
"""For the rules and functions, which are restored after the executions."""


def install(stepfunctions: Any) -> None:
    require(stepfunctions, "_executions", "_emit_execution_status_event")
    replace(stepfunctions, "load_persisted_state", "data", _telling)


def _telling(original: Callable[[Any], Any]) -> Callable[[Any], None]:
    def load(data: Any) -> None:
        running = {key for key, execution in data["executions"].all_items() if execution["status"] == "RUNNING"}
        original(data)
        timer = threading.Timer(SETTLE_SECONDS, _tell, [running])
        timer.daemon = True
        timer.start()

    return load


def _tell(interrupted: set[tuple[str, str, str]]) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import stepfunctions

    for account, region, arn in interrupted:
        with request_scope(account, region):
            stepfunctions._emit_execution_status_event(stepfunctions._executions[arn])
