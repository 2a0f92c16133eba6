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
from fanfold.jobs.job import ACTIVE, JobRef, State
from fanfold.portfolios.accept import CreateForecast, drafted
from fanfold.portfolios.asked import asked
from fanfold.portfolios.backend import Backend
from fanfold.portfolios.editions import Retrain, next_edition
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


class Execution(BaseModel):
    """An execution by its ARN, and its input as it was given."""

    model_config = ConfigDict(frozen=True)

    id: str
    input: dict[str, Any]


def admit(execution: Execution, backend: Backend) -> ForecastJob:
    """Take the job over. Raises Superseded if another execution has it or it is over, Invalid for no portfolio."""
    job = backend.jobs.get(_asked(execution, backend))
    if job.execution == execution.id and job.state in ACTIVE:
        return job
    if job.execution or job.state not in ACTIVE or execution.input.get("run", job.run) != job.run:
        raise Superseded(f"another execution has forecast {job.id}")
    return backend.jobs.move(
        job, state=State.PLANNING, execution=execution.id, started_at=job.started_at or stamp(backend.clock())
    )


def _asked(execution: Execution, backend: Backend) -> JobRef:
    """The job that the execution is for, made if it is one that begins here."""
    given = execution.input
    try:
        if "retrain" in given:
            return next_edition(Retrain.model_validate(given), backend).ref
        if "job" in given:
            return Begin.model_validate(given).ref
        if "detail" in given:
            return _of_drop(Dropped.model_validate(given), backend)
        asked_for = ConsoleForecast.model_validate(given)
    except ValidationError as error:
        raise invalid(error, "the execution's input") from error
    caller = Caller(tenant=asked_for.tenant, correlation_id=execution.id, idempotency_key=execution.id)
    backend.tenants.get(caller.tenant)
    job = drafted(asked_for, caller, backend)
    backend.jobs.accept(job)
    return job.ref


def _of_drop(drop: Dropped, backend: Backend) -> JobRef:
    """The job made of the object, once a version; its options lie beside it and have to be there first."""
    found = PLACE.fullmatch(drop.key)
    if found is None:
        raise Invalid(f"{drop.key} is no place for a portfolio", field="key")
    if drop.key.endswith(OPTIONS):
        raise Superseded(f"{drop.key} goes with the file that it is named after")
    tenant, name = found.groups()
    backend.tenants.get(tenant)
    config = _options(drop.key + OPTIONS, backend)
    job = ForecastJob(
        tenant=tenant,
        id=job_id(KIND, tenant, drop.key, drop.version),
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of({"key": drop.key, "version": drop.version}),
        correlation_id=drop.id,
        config=config.model_copy(update={"name": config.name or name[:256]}),
        sources=(Source(key=drop.key, filename=name.rpartition("/")[2]),),
    )
    backend.jobs.accept(job)
    return job.ref


def _options(key: str, backend: Backend) -> Config:
    try:
        if (size := backend.blobs.size(key)) > MOST_OPTION_FILE_BYTES:
            raise Invalid(f"{key} has {size:,} bytes, and may have {MOST_OPTION_FILE_BYTES:,}", field="options")
        config = Config.model_validate_json(backend.blobs.get(key))
    except KeyError:
        return Config()
    except ValidationError as error:
        raise invalid(error, key) from error
    asked(config)
    return config
