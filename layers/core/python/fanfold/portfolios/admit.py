"""Admit: the job that an execution is for, taken over by it.

Executions come from the API, from somebody in the Step Functions console whose input is a portfolio, from a file that
was dropped under `inbox/<tenant>/forecasts/`, and from a schedule that has a portfolio forecast anew.
"""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from fanfold.accounts.tenants import TenantName
from fanfold.clock import stamp
from fanfold.errors import Invalid, Superseded
from fanfold.jobs.asking import Begin, Caller, fingerprint_of, job_id
from fanfold.jobs.closing import closed
from fanfold.jobs.job import ACTIVE, JobRef, State
from fanfold.portfolios.accept import CreateForecast, drafted
from fanfold.portfolios.asked import asked
from fanfold.portfolios.backend import Backend
from fanfold.portfolios.editions import Retrain, edition_ref, next_edition
from fanfold.portfolios.job import KIND, Config, ForecastJob, Source
from fanfold.problems import invalid

PLACE = re.compile(r"inbox/([^/]+)/forecasts/(.+[^/])")
OPTIONS = ".options.json"
MOST_OPTION_FILE_BYTES = 1024 * 1024


class ConsoleForecast(CreateForecast):
    """An execution's input that is a portfolio itself."""

    tenant: TenantName


class Dropped(BaseModel):
    """S3's event of a file that arrived: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html."""

    id: str
    detail: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.detail["object"]["key"])

    @property
    def version(self) -> str:
        found = self.detail["object"]
        return str(found.get("version-id") or found["sequencer"])

    @property
    def place(self) -> tuple[str, str]:
        """Tenant and file name. Raises Invalid."""
        if (found := PLACE.fullmatch(self.key)) is None:
            raise Invalid(f"{self.key} is no place for a portfolio", field="key")
        return found[1], found[2]

    @property
    def ref(self) -> JobRef:
        """The job made of the object, once a version."""
        return JobRef(tenant=self.place[0], job=job_id(KIND, self.place[0], self.key, self.version))


class Execution(BaseModel):
    """An execution by its ARN, and its input as it was given."""

    model_config = ConfigDict(frozen=True)

    id: str
    input: dict[str, Any]

    @property
    def ref(self) -> JobRef:
        """The job it is for, whether or not there is one yet. Raises Invalid."""
        try:
            if "retrain" in self.input:
                return edition_ref(Retrain.model_validate(self.input))
            if "job" in self.input:
                return Begin.model_validate(self.input).ref
            if "detail" in self.input:
                return Dropped.model_validate(self.input).ref
            return self.caller.ref(KIND)
        except ValidationError as error:
            raise invalid(error, "the execution's input") from error

    @property
    def portfolio(self) -> ConsoleForecast:
        return ConsoleForecast.model_validate(self.input)

    @property
    def caller(self) -> Caller:
        return Caller(tenant=self.portfolio.tenant, correlation_id=self.id, idempotency_key=self.id)


def admit(execution: Execution, backend: Backend) -> ForecastJob:
    """Take the job over. Raises Superseded if another execution has it or it is over, Invalid for no portfolio."""
    ref = execution.ref
    if "job" not in execution.input:
        _make(execution, backend)
    job = backend.jobs.get(ref)
    if job.execution == execution.id and job.state in ACTIVE:
        return job
    if job.execution or job.state not in ACTIVE or execution.input.get("run", job.run) != job.run:
        raise Superseded(f"another execution has forecast {job.id}")
    state = State.PLANNING if job.state is State.ACCEPTED else job.state
    started_at = job.started_at or stamp(backend.clock())
    return backend.jobs.move(job, state=state, execution=execution.id, started_at=started_at)


def _make(execution: Execution, backend: Backend) -> None:
    """The job of an execution that did not come from one."""
    if "retrain" in execution.input:
        next_edition(Retrain.model_validate(execution.input), backend)
        return
    backend.tenants.get(execution.ref.tenant)
    if "detail" in execution.input:
        backend.jobs.accept(_of_drop(Dropped.model_validate(execution.input), backend))
    else:
        backend.jobs.accept(drafted(execution.portfolio, execution.caller, backend))


def _of_drop(drop: Dropped, backend: Backend) -> ForecastJob:
    """The job of a file; its options lie beside it, and have to be there first. Wrong ones fail it."""
    _, name = drop.place
    job = ForecastJob(
        tenant=drop.ref.tenant,
        id=drop.ref.job,
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of({"key": drop.key, "version": drop.version}),
        correlation_id=drop.id,
        config=Config(name=name[:256]),
        sources=(Source(key=drop.key, filename=name.rpartition("/")[2]),),
    )
    try:
        config = _options(drop.key + OPTIONS, backend)
    except Invalid as error:
        said = "; ".join(f"{flaw.field}: {flaw.detail}" for flaw in error.flaws) or error.detail
        failed = {"state": State.FAILED, "error": f"{name}{OPTIONS}: {said}", **closed(job, backend)}
        return job.model_copy(update=failed)
    return job.model_copy(update={"config": config.model_copy(update={"name": config.name or name[:256]})})


def _options(key: str, backend: Backend) -> Config:
    try:
        if (size := backend.blobs.size(key)) > MOST_OPTION_FILE_BYTES:
            raise Invalid(f"it has {size:,} bytes, and may have {MOST_OPTION_FILE_BYTES:,}")
        config = Config.model_validate_json(backend.blobs.get(key))
    except KeyError:
        return Config()
    except ValidationError as error:
        raise invalid(error, "it is not as it should be") from error
    asked(config)
    return config
