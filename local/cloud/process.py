"""One worker process: started, given one event at a time, stopped."""

import contextlib
import os
import queue
import shutil
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from local.cloud.environment import Function
from local.cloud.runtime_api import Exited, Happening, Invocation, Ready, RuntimeApi
from local.cloud.starter import MEASURED, Process, Starter, Task

INIT_SECONDS = 60
"""Lambda's own limit is 10 s, on a machine that is not also running the cloud."""
SAVE_SECONDS = 10


@dataclass(frozen=True)
class Folders:
    """Where the host keeps what its workers need."""

    state: Path

    @property
    def code(self) -> Path:
        return self.state / "code"

    @property
    def workers(self) -> Path:
        """One file per live worker, named by its pid, holding its function's name."""
        return self.state / "workers"

    @property
    def temporary(self) -> Path:
        return self.state / "tmp"


class Worker:
    """A process that runs one version of one function, kept warm between events.

    Its SDK's application id is its own: by it the cloud knows which worker makes a call.
    """

    by_id: ClassVar[dict[str, "Worker"]] = {}

    def __init__(self, function: Function, folders: Folders, starter: Starter) -> None:
        self.function = function
        self.idle_since = time.monotonic()
        self._folders = folders
        self._api = RuntimeApi()
        self._id = f"worker-{self._api.address.rpartition(':')[2]}"
        self._process = self._start(starter)
        self.by_id[self._id] = self
        self._note = folders.workers / str(self.pid)
        self._note.write_text(function.name)
        threading.Thread(target=self._watch, daemon=True, name=f"watch-{self.pid}").start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.code is None

    def initialise(self) -> Happening:
        """Wait until the handler's module is imported, or could not be."""
        try:
            return self._api.happenings.get(timeout=INIT_SECONDS)
        except queue.Empty:
            return Exited(1)

    def run(self, invocation: Invocation) -> Happening | None:
        """Give the worker an event and wait for the outcome; None after the function's time-out."""
        invocation.deadline_ms = int((time.time() + self.function.timeout) * 1000)
        self._api.hand(invocation)
        with contextlib.suppress(queue.Empty):
            while isinstance(happening := self._api.happenings.get(timeout=self.function.timeout), Ready):
                continue
            return happening
        return None

    def new_output(self) -> str:
        """What the worker printed since the last call."""
        return self._log.read().decode(errors="replace")

    def kill(self) -> None:
        """End the process and whatever it started."""
        if MEASURED:
            self.let_go()
            self._process.ends_within(SAVE_SECONDS)
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._api.close()
        self._log.close()

    def let_go(self) -> None:
        """Give it no more work, by which an idle one ends in its own time."""
        self._api.close()

    def _start(self, starter: Starter) -> Process:
        home = self._folders.temporary / self._id
        for folder in (home, self._folders.workers):
            folder.mkdir(parents=True, exist_ok=True)
        self._home = home
        function = self.function
        environment = function.variables | {
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_SDK_UA_APP_ID": self._id,
            "TMPDIR": str(home),
        }
        log = self._folders.temporary / f"{self._id}.log"
        log.touch()
        self._log = log.open("rb")
        task = Task(function.handler, str(function.task_root), function.layers, str(log), environment)
        process = starter.start(task)
        log.unlink()
        return process

    def _watch(self) -> None:
        code = self._process.wait()
        self._note.unlink(missing_ok=True)
        self.by_id.pop(self._id, None)
        shutil.rmtree(self._home, ignore_errors=True)
        self._api.happenings.put(Exited(code))
