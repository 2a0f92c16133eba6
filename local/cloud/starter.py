"""The process that worker processes are forked from: what nearly all of them import is imported once."""

import json
import os
import subprocess
import sys
import sysconfig
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

PROGRAM = Path(__file__).with_name("worker.py")
MEASURED = os.environ.get("FANFOLD_CLOUD_COVERAGE", "")
"""The data file beside which workers write what they ran; empty: they do not."""
SAME_FOR_ALL = {"LANG": "C.UTF-8"}
"""Of Lambda's variables those that modules look at when they are imported."""
TRAILING = os.pathsep.join(dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]))
"""The virtual environment, in the place of third-party layers and the managed runtime."""


@dataclass(frozen=True)
class Task:
    """What a worker is to be. Its import path: the function's `folder`, the `layers`, the virtual environment."""

    handler: str
    folder: str
    layers: str
    log: str
    environment: dict[str, str]


class Process:
    """A worker's process; `code` as in `Popen.returncode`, None while it runs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None
        self._over = threading.Event()

    def ends_within(self, seconds: float) -> bool:
        """Whether it is over by then."""
        return self._over.wait(seconds)

    def wait(self) -> int:
        """Its code, once it is over."""
        self._over.wait()
        assert self.code is not None
        return self.code

    def end(self, code: int) -> None:
        """It is over."""
        self.code = code
        self._over.set()


class Starter:
    """Starts workers, from first use on: those of the same layers are forked from one process.

    Raises OSError when that process is gone.
    """

    def __init__(self, modules: str) -> None:
        self._modules = modules
        self._sources: dict[str, _Source] = {}
        self._lock = threading.Lock()

    def start(self, task: Task) -> Process:
        """A new worker."""
        with self._lock:
            if task.layers not in self._sources:
                self._sources[task.layers] = _Source(self._modules, task.layers)
            return self._sources[task.layers].fork(task)


class _Source:
    """A process that has the modules imported, with these layers on its path, and is forked into workers."""

    def __init__(self, modules: str, layers: str) -> None:
        self._started: SimpleQueue[Process | None] = SimpleQueue()
        self._running: dict[int, Process] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-P", str(PROGRAM), TRAILING, layers, modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=SAME_FOR_ALL | {"COVERAGE": MEASURED},
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True, name="worker-starter").start()

    def fork(self, task: Task) -> Process:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asdict(task)).encode() + b"\n")
        self._process.stdin.flush()
        if (started := self._started.get()) is None:
            raise OSError("the process that starts workers is gone")
        return started

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            said = json.loads(line)
            if pid := said.get("started"):
                self._running[pid] = Process(pid)
                self._started.put(self._running[pid])
            else:
                self._running.pop(said["ended"]).end(said["code"])
        self._started.put(None)
