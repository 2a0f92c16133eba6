"""Runs functions: a pool of warm workers, and what Lambda answers when one fails.

Errors carry the types AWS reports: the exception's class, `Sandbox.Timedout`, `Runtime.ExitError`,
`Runtime.ImportModuleError`, `Function.ResponseSizeTooLarge`.
"""

import json
import os
import signal
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from local.cloud import limits
from local.cloud.environment import Function
from local.cloud.process import Folders, Worker
from local.cloud.runtime_api import Answered, Exited, Happening, InitFailed, Invocation
from local.cloud.starter import MEASURED, Starter

IDLE_SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    """What a call gave: the handler's value, or an error document; and what it printed."""

    value: Any
    failed: bool = False
    log: str = ""


class Pool:
    """Workers of all functions: at most `per_function` of one, `in_all` together, idle ones retired."""

    def __init__(self, folders: Folders, starter: Starter, per_function: int = 4, in_all: int = 32) -> None:
        self._folders, self._starter = folders, starter
        self._per_function = per_function
        self._in_all = in_all
        self._idle: list[Worker] = []
        self._count: dict[str, int] = defaultdict(int)
        self._free = threading.Condition()
        self._cold_starts = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        threading.Thread(target=self._retire_idle, daemon=True, name="worker-reaper").start()

    def invoke(self, function: Function, invocation: Invocation) -> Outcome:
        """Run one event to its end; waits for a worker while all of the function's are busy."""
        while True:
            worker = self._warm(function) or self._cold(function)
            if isinstance(worker, Outcome):
                return worker
            happening = worker.run(invocation)
            if not isinstance(happening, Exited) or invocation.delivered:
                return self._settle(worker, invocation, happening)
            self._discard(worker)  # it died while idle: nothing has run yet

    def close(self) -> None:
        with self._free:
            for worker in self._idle if MEASURED else ():
                worker.let_go()
            for worker in self._idle:
                worker.kill()

    def _settle(self, worker: Worker, invocation: Invocation, happening: Happening | None) -> Outcome:
        outcome = _outcome(invocation.request_id, worker.function, happening)
        log = worker.new_output()
        if isinstance(happening, Answered):
            self._give_back(worker)
        else:
            self._discard(worker)
            log += outcome.value["errorMessage"] + "\n"
        return Outcome(outcome.value, outcome.failed, log)

    def _warm(self, function: Function) -> Worker | None:
        """An idle worker, or None once there is room to start one."""
        with self._free:
            while True:
                self._drop_stale(function)
                for worker in reversed(self._idle):
                    if worker.function.digest == function.digest:
                        self._idle.remove(worker)
                        return worker
                if self._room_for(function.name):
                    self._count[function.name] += 1
                    return None
                self._free.wait()

    def _cold(self, function: Function) -> "Worker | Outcome":
        with self._cold_starts:
            worker = self._start(function)
            happening = worker.initialise()
        if not isinstance(happening, InitFailed | Exited):
            return worker
        log = worker.new_output()
        self._discard(worker)
        error = _document(happening.body) if isinstance(happening, InitFailed) else _exit_error("init", happening)
        return Outcome(error, failed=True, log=log)

    def _start(self, function: Function) -> Worker:
        try:
            return Worker(function, self._folders, self._starter)
        except OSError:
            with self._free:
                self._count[function.name] -= 1
            raise

    def _room_for(self, name: str) -> bool:
        if self._count[name] >= self._per_function:
            return False
        if sum(self._count.values()) >= self._in_all and self._idle:
            self._forget(self._idle.pop(0))
        return sum(self._count.values()) < self._in_all

    def _drop_stale(self, function: Function) -> None:
        for worker in list(self._idle):
            outdated = worker.function.name == function.name and worker.function.digest != function.digest
            if outdated or not worker.alive():
                self._idle.remove(worker)
                self._forget(worker)

    def _give_back(self, worker: Worker) -> None:
        with self._free:
            worker.idle_since = time.monotonic()
            self._idle.append(worker)
            self._free.notify_all()

    def _discard(self, worker: Worker) -> None:
        with self._free:
            self._forget(worker)
            self._free.notify_all()

    def _forget(self, worker: Worker) -> None:
        worker.kill()
        self._count[worker.function.name] -= 1

    def _retire_idle(self) -> None:
        while True:
            time.sleep(IDLE_SECONDS / 10)
            with self._free:
                for worker in [w for w in self._idle if time.monotonic() - w.idle_since > IDLE_SECONDS]:
                    self._idle.remove(worker)
                    self._forget(worker)


def _outcome(request_id: str, function: Function, happening: Happening | None) -> Outcome:
    if happening is None:
        message = f"RequestId: {request_id} Error: Task timed out after {function.timeout}.00 seconds"
        return Outcome({"errorType": "Sandbox.Timedout", "errorMessage": message}, failed=True)
    if isinstance(happening, Answered):
        return _answer(happening)
    if isinstance(happening, Exited):
        return Outcome(_exit_error(request_id, happening), failed=True)
    raise AssertionError(f"unexpected from a running worker: {happening}")


def _answer(answered: Answered) -> Outcome:
    if len(answered.body) > limits.RESPONSE:
        message = f"Response payload size exceeded maximum allowed payload size ({limits.RESPONSE} bytes)."
        return Outcome({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}, failed=True)
    return Outcome(_document(answered.body), answered.failed)


def _document(body: bytes) -> Any:
    return json.loads(body) if body else None


def _exit_error(request_id: str, exited: Exited) -> dict[str, str]:
    how = f"signal: {_signal(-exited.code)}" if exited.code < 0 else f"exit status {exited.code}"
    message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
    return {"errorType": "Runtime.ExitError", "errorMessage": message}


def _signal(number: int) -> str:
    return (signal.strsignal(number) or str(number)).lower()
