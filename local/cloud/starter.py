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
TRAILING = os.pathsep.join(dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]))
"""The virtual environment, in the place of third-party layers and the managed runtime."""


@dataclass(frozen=True)
class Task:
    """What a worker is to be. `leading` goes before the virtual environment on its import path."""

    handler: str
    leading: str
    folder: str
    log: str
    environment: dict[str, str]


class Process:
    """A worker's process; `code` as in `Popen.returncode`, None while it runs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None
        self._over = threading.Event()

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
    """Starts workers, from first use on. Raises OSError when its process is gone."""

    def __init__(self, modules: str) -> None:
        self._modules = modules
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._started: SimpleQueue[Process | None] = SimpleQueue()
        self._running: dict[int, Process] = {}

    def start(self, task: Task) -> Process:
        """A new worker."""
        with self._lock:
            if self._process is None:
                self._process = self._open()
            assert self._process.stdin
            self._process.stdin.write(json.dumps(asdict(task)).encode() + b"\n")
            self._process.stdin.flush()
            if (started := self._started.get()) is None:
                raise OSError("the process that starts workers is gone")
            return started

    def _open(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-S", "-P", str(PROGRAM), TRAILING, self._modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"LANG": "C.UTF-8"},
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(process,), daemon=True, name="worker-starter").start()
        return process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        for line in process.stdout:
            said = json.loads(line)
            if pid := said.get("started"):
                self._running[pid] = Process(pid)
                self._started.put(self._running[pid])
            else:
                self._running.pop(said["ended"]).end(said["code"])
        self._started.put(None)
