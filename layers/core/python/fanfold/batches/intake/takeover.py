"""Admit: the job that an execution is for, taken over by it.

Executions come from our own start message, or from somebody in the Step Functions console whose input is a batch:
`{"tenant": "acme", "requests": [{"input": "…"}], …}`.
"""

from pydantic import ValidationError

from fanfold.accounts.tenants import TenantName
from fanfold.batches.backend import BatchBackend
from fanfold.batches.intake.create import CreateBatch, drafted
from fanfold.batches.model.batch import KIND, BatchJob
from fanfold.jobs import life_cycle
from fanfold.jobs.identity import Begin, Caller, Execution
from fanfold.jobs.job import JobRef
from fanfold.problems import invalid


class ConsoleBatch(CreateBatch):
    """An execution's input that is a batch itself."""

    tenant: TenantName


class BatchExecution(Execution):
    @property
    def ref(self) -> JobRef:
        """The job it is for, whether or not there is one yet. Raises Invalid."""
        try:
            if "job" in self.input:
                return Begin.load(self.input).ref
            return self.caller.ref(KIND)
        except ValidationError as error:
            raise invalid(error, "the execution's input") from None

    @property
    def batch(self) -> ConsoleBatch:
        return ConsoleBatch.model_validate(self.input)

    @property
    def caller(self) -> Caller:
        return Caller(tenant=self.batch.tenant, correlation_id=self.id, idempotency_key=self.id)


def take_over(execution: BatchExecution, backend: BatchBackend) -> BatchJob:
    """Take the job over. Raises Superseded if another execution has it or it is over."""
    ref = execution.ref
    if "job" not in execution.input:
        backend.tenants.admit(ref.tenant)
        with backend.quotas.admitted(ref):
            backend.jobs.accept(drafted(execution.batch, execution.caller, backend))
    return life_cycle.take_over(ref, execution.id, execution.run, backend)
