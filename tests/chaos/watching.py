"""What workers of the emulated cloud take: memory and computing time, theirs and their children's, seen from /proc."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from local.cloud.stack import Cloud

PAUSE = 0.1
TICKS = os.sysconf("SC_CLK_TCK")
MEBI = 1024


class Watch:
    """Looks at all workers again and again; leaving the context ends it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._over = cloud, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.megabytes: dict[int, int] = {}
        """The most that each process had in memory."""
        self.child_seconds: dict[int, float] = {}
        """Computing time of workers' children."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(PAUSE):
            for worker in self._cloud.workers():
                self._note(worker)
                for child in _children(worker):
                    self._note(child)
                    self.child_seconds[child] = max(self.child_seconds.get(child, 0), _seconds(child))

    def _note(self, pid: int) -> None:
        self.megabytes[pid] = max(self.megabytes.get(pid, 0), _peak(pid))


def _children(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for each in Path(f"/proc/{pid}/task").iterdir():
            yield from map(int, (each / "children").read_text().split())


def _peak(pid: int) -> int:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // MEBI
    return 0


def _seconds(pid: int) -> float:
    """Of a process and of its children that have ended."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    return 0


def computed(cloud: Cloud) -> float:
    """Seconds that all workers have computed so far."""
    return sum(_seconds(worker) for worker in cloud.workers())
