"""A function without any trigger: tests call it by name."""

import os
import sys
import time
from pathlib import Path
from typing import Any

COUNT = {"calls": 0}


class TooHot(Exception):
    """An error class of the handler's own."""


def handler(event: dict[str, Any], _context: object) -> Any:
    COUNT["calls"] += 1
    do = event.get("do", "count")
    if do == "raise":
        raise TooHot("over 40 degrees")
    if do == "sleep":
        print("going to sleep")
        Path(event.get("mark", os.devnull)).write_text(str(os.getpid()))
        time.sleep(event["seconds"])
    if do == "exit":
        os._exit(3)
    if do == "size":
        return "x" * event["bytes"]
    if do == "path":
        return {"path": sys.path, "cwd": str(Path.cwd()), "tmp": os.environ["TMPDIR"]}
    return {"pid": os.getpid(), "calls": COUNT["calls"]}
