"""What runs the functions of forecasts: the state machine `forecast` and the schedules, one step at a time.

A step that crashes is run again, as after a lost worker, or takes its execution down if `fragile`.
"""

import json
from collections.abc import Callable
from typing import TypeVar

from fanfold.errors import FanfoldError, Retryable
from fanfold.forecasts import life
from fanfold.forecasts.fit import fit_chunk
from fanfold.forecasts.gather import gather
from fanfold.forecasts.question import Execution
from fanfold.ports import Ended
from tests.fakes.crash import Crash
from tests.fakes.forecasts import FakePortfolios

T = TypeVar("T")
ROUNDS = 30
RETRIES = 12
LOST = Ended("FAILED", "Sandbox.Timedout", "the worker was lost")


class Machine:
    def __init__(self, cloud: FakePortfolios, *, fragile: bool = False, tells: bool = True) -> None:
        self._cloud, self._fragile, self._tells = cloud, fragile, tells

    def settle(self) -> None:
        """Run executions and sweep until no job is open."""
        workflow = self._cloud.workflow
        for _ in range(ROUNDS):
            for name in [name for name in workflow.started if workflow.arn(name) not in workflow.ends]:
                self._execute(name)
            if not list(self._cloud.calm.jobs.open()):
                return
            self._cloud.wait(self._cloud.settings.accept_grace_seconds + 1)
            self._alone(lambda: life.sweep(self._cloud.backend))
        raise AssertionError("still open")

    def _execute(self, name: str) -> None:
        """An execution with everything that Step Functions tells about its end."""
        workflow, ended = self._cloud.workflow, None
        execution = Execution(id=workflow.arn(name), input=json.loads(workflow.started[name]))
        try:
            self._steps(execution)
        except FanfoldError as error:
            ended = Ended("FAILED", type(error).__name__, json.dumps({"errorMessage": str(error)}))
        except Crash:
            ended = LOST
        workflow.ends[execution.id] = ended
        if ended and self._tells:
            self._alone(lambda: life.halt(execution.ref, execution.id, ended, self._cloud.backend))

    def _steps(self, execution: Execution) -> None:
        planned = self._step(lambda: self._cloud.plan(execution.id, execution.input))
        for line in self._cloud.manifest(planned):
            self._step(lambda line=line: fit_chunk(line, self._cloud.backend))  # type: ignore[misc]
        self._step(lambda: gather(execution.ref, self._cloud.backend))

    def _step(self, call: Callable[[], T]) -> T:
        """A task of the state machine, with its retries."""
        for _ in range(RETRIES):
            try:
                return call()
            except Retryable as error:
                last: BaseException = error
            except Crash as crash:
                if self._fragile:
                    raise
                last = crash
        raise last

    def _alone(self, call: Callable[[], object]) -> None:
        """A function that something else runs again sooner or later."""
        try:
            call()
        except Crash:
            return
