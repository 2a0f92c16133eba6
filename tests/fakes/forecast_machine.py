"""What runs the functions of forecasts: the state machine `forecast` and the schedules, one step at a time.

A step that crashes is run again, as after a lost worker, or takes its execution down if `fragile`.
"""

import json
from collections.abc import Callable

from fanfold.errors import FanfoldError
from fanfold.forecasts.execution import ForecastExecution
from fanfold.forecasts.fit import FitChunk, fit_chunk
from fanfold.forecasts.gather import gather
from fanfold.jobs.halt import halt
from fanfold.jobs.job import JobRef
from fanfold.jobs.sweep import sweep
from fanfold.ports import Ended
from tests.fakes.crash import Crash
from tests.fakes.forecasts import FakePortfolios
from tests.fakes.state_machine import Function, StateMachine

ROUNDS = 30
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
            self._alone(lambda: sweep(self._cloud.backend))
        raise AssertionError("still open")

    def _execute(self, name: str) -> None:
        """An execution with everything that Step Functions tells about its end."""
        workflow, ended = self._cloud.workflow, None
        execution = ForecastExecution(id=workflow.arn(name), input=json.loads(workflow.started[name]))
        try:
            self._states.run(execution.id, execution.input)
        except FanfoldError as error:
            ended = Ended("FAILED", type(error).__name__, json.dumps({"errorMessage": str(error)}))
        except Crash:
            ended = LOST
        workflow.ends[execution.id] = ended
        if ended and self._tells:
            self._alone(lambda: halt(execution.ref, execution.id, ended, self._cloud.backend))

    @property
    def _states(self) -> StateMachine:
        def fit(event: dict[str, object]) -> dict[str, object]:
            fit_chunk(FitChunk.model_validate(event), self._cloud.backend)
            return {}

        functions: dict[str, Function] = {
            "PlanFunction": lambda event: self._cloud.plan(event["id"], event["input"]).model_dump(),
            "FitFunction": fit,
            "FitWithStatsmodelsFunction": fit,
            "GatherFunction": lambda event: gather(JobRef.model_validate(event), self._cloud.backend),
        }
        return StateMachine("forecast", functions, self._cloud.wait, lines=self._lines, fragile=self._fragile)

    def _lines(self, key: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._cloud.blobs.get(key).splitlines()]

    def _alone(self, call: Callable[[], object]) -> None:
        """A function that something else runs again sooner or later."""
        try:
            call()
        except Crash:
            return
