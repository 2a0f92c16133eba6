"""What runs the functions: the state machine `batch`, its queue and its schedules, one step at a time.

A step that crashes is run again, as after a lost worker, or takes its execution down if `fragile`.
"""

import json
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.ending.finish import finish
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import KIND, BatchJob
from fanfold.batches.plan.plan import PlannedBatch, plan
from fanfold.batches.poll import poll
from fanfold.batches.realtime_lane.chunk_message import WorkChunk
from fanfold.batches.realtime_lane.worker import work
from fanfold.errors import FanfoldError, Refused
from fanfold.jobs.halt import halt
from fanfold.jobs.identity import Begin
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import start_execution
from fanfold.jobs.store import Jobs
from fanfold.jobs.sweep import sweep
from fanfold.ports import Ended
from tests.fakes.crash import Crash
from tests.fakes.loop import run_quietly
from tests.fakes.state_machine import StateMachine

if TYPE_CHECKING:
    from tests.fakes.cloud import FakeCloud

T = TypeVar("T")
ROUNDS = 30
TOKENS = count()
"""No two machines give the same token."""
MESSAGES = 1000
RESENT = 30
"""How often a message is sent on before it waits for the next round."""
WORKER_SECONDS = 280.0
LOST = Ended("FAILED", "Sandbox.Timedout", "the worker was lost")


class Machine:
    def __init__(self, cloud: "FakeCloud", *, fragile: bool = False, tells: bool = True) -> None:
        self._cloud, self._fragile, self._tells = cloud, fragile, tells
        self._tokens = TOKENS

    def run(self, job: BatchJob) -> BatchJob:
        """The job's execution alone; what ends it early is raised."""
        start_execution(
            Begin(tenant=job.tenant, job=job.id, run=job.run, correlation_id="c"), self._cloud.backend.workflow
        )
        return self._execute(job.execution_name)

    def settle(self) -> None:
        """Deliver messages, run executions and sweep until no job is open."""
        for _ in range(ROUNDS):
            self.deliver()
            for name in list(self._cloud.workflow.started):
                if self._cloud.workflow.arn(name) not in self._cloud.workflow.ends:
                    self.execute(name)
            if not self._cloud.starts.messages and not self._open():
                return
            self._cloud.wait(self._cloud.settings.accept_grace_seconds + 1)
            self._alone(lambda: sweep(self._cloud.backend))
        raise AssertionError("still open")

    def deliver(self) -> None:
        """Each message on the queue, until it is taken."""
        while self._cloud.starts.messages:
            text = self._cloud.starts.messages[0]
            if self._alone(partial(self._start, Begin.model_validate_json(text))):
                self._cloud.starts.messages.remove(text)

    def work(self) -> None:
        """Every message of the real-time lane, and those that come of it; workers that die leave theirs behind."""
        for queue in self._cloud.work.values():
            left = list(queue.messages)
            most = max((_sent(text) for text in left), default=0) + RESENT
            for _ in range(MESSAGES):
                if not left:
                    break
                text = left.pop(0)
                before = len(queue.messages)
                if self._alone(partial(self._work, text)):
                    queue.messages.remove(text)
                    left.extend(text for text in queue.messages[before - 1 :] if _sent(text) < most)

    def _work(self, text: str) -> bool:
        command = WorkChunk.model_validate_json(text)
        run_quietly(work(command, self._cloud.backend, lambda: WORKER_SECONDS), self._cloud.wait)
        return True

    def execute(self, name: str) -> None:
        """An execution with everything that Step Functions tells about its end."""
        ended: Ended | None = None
        try:
            self._execute(name)
        except FanfoldError as error:
            ended = Ended("FAILED", type(error).__name__, json.dumps({"errorMessage": str(error)}))
        except Crash:
            ended = LOST
        self._cloud.workflow.ends[self._cloud.workflow.arn(name)] = ended
        if ended and self._tells:
            self.tell(name, ended)

    def tell(self, name: str, ended: Ended) -> None:
        """The status-change event of an execution, which may be lost as well."""
        execution = self._execution(name)
        self._alone(lambda: halt(execution.ref, execution.id, ended, self._cloud.backend))

    def _execution(self, name: str) -> BatchExecution:
        return BatchExecution(id=self._cloud.workflow.arn(name), input=json.loads(self._cloud.workflow.started[name]))

    def plan(self, job: BatchJob) -> PlannedBatch:
        """The first step of the job's execution."""
        start_execution(
            Begin(tenant=job.tenant, job=job.id, run=job.run, correlation_id="c"), self._cloud.backend.workflow
        )
        return plan(self._execution(job.execution_name), self._cloud.backend)

    def _start(self, command: Begin) -> bool:
        start_execution(command, self._cloud.backend.workflow)
        return True

    def resume(self, job: BatchJob) -> BatchJob:
        """The execution that was begun, to its end."""
        return self._execute(job.execution_name)

    def _execute(self, name: str) -> BatchJob:
        execution = self._execution(name)
        ended = self.states.run(execution.id, execution.input)
        return Jobs(self._cloud.table, BatchJob, KIND).get(JobRef(tenant=ended["tenant"], job=ended["id"]))

    @property
    def states(self) -> StateMachine:
        """What runs `statemachine/batch.asl.yaml`."""
        functions = {
            "PlanFunction": lambda event: plan(BatchExecution.model_validate(event), self._cloud.backend).model_dump(),
            "SubmitFunction": lambda event: submit(SubmitShard.model_validate(event), self._cloud.backend),
            "CollectFunction": lambda event: collect(CollectShard.model_validate(event), self._cloud.backend),
            "FinishFunction": lambda event: _shown(finish(JobRef.model_validate(event), self._cloud.backend)),
        }
        return StateMachine("batch", functions, self._cloud.wait, self._with_token, fragile=self._fragile)

    def _with_token(self, call: Callable[[str], object]) -> None:
        """What the provider, the workers and the poller do until somebody answers the token."""
        waiting, token = self._cloud.workflow.waiting, f"token-{next(self._tokens)}"
        waiting.add(token)
        try:
            call(token)
        except BaseException:
            waiting.discard(token)
            raise
        for _ in range(ROUNDS):
            if token not in waiting:
                return
            self._cloud.provider.end_all()
            self.work()
            if token not in waiting:
                return
            self._cloud.wait(self._cloud.settings.accept_grace_seconds)
            self._alone(lambda: poll(self._cloud.backend, lambda shard, error: None))
        raise AssertionError("nobody wakes the execution")

    def _alone(self, call: Callable[[], T]) -> T | None:
        """A function that something else runs again sooner or later."""
        try:
            return call()
        except (Crash, Refused):
            return None

    def _open(self) -> bool:
        kept = (str(item.get("open", "")) for item in self._cloud.table.items.values())
        return any(each and not each.startswith("expiry#") for each in kept)


def _sent(text: str) -> int:
    sent: int = json.loads(text)["sent"]
    return sent


def _shown(job: BatchJob) -> dict[str, object]:
    return job.model_dump(include={"tenant", "id"})
