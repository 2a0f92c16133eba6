"""Admit: the job that an execution is for, taken over by it."""

from fanfold.accounts.audit import DROP
from fanfold.clock import stamp
from fanfold.errors import Invalid
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.create import check_config, draft_forecast
from fanfold.forecasts.editions import next_edition
from fanfold.forecasts.execution import Dropped, ForecastExecution, Retrain
from fanfold.forecasts.job import OPTIONS, ForecastConfig, ForecastJob, ForecastSource
from fanfold.jobs import life_cycle
from fanfold.jobs.dropped import dropped_options
from fanfold.jobs.ending import ending_times, publish_end
from fanfold.jobs.identity import fingerprint_of
from fanfold.jobs.job import State


def take_over(execution: ForecastExecution, backend: ForecastBackend) -> ForecastJob:
    """Take the job over. Raises Superseded if another execution has it or it is over, Invalid for no portfolio."""
    ref = execution.ref
    if "job" not in execution.input:
        _make(execution, backend)
    return life_cycle.take_over(ref, execution.id, execution.run, backend)


def _make(execution: ForecastExecution, backend: ForecastBackend) -> None:
    """The job of an execution that did not come from one."""
    backend.tenants.admit(execution.ref.tenant)
    if "retrain" in execution.input:
        next_edition(Retrain.model_validate(execution.input), backend)
        return
    if "detail" in execution.input:
        made = _of_drop(Dropped.model_validate(execution.input), backend)
    else:
        made = draft_forecast(execution.portfolio, execution.caller, backend)
    with backend.quotas.admitted(made.ref):
        before = backend.jobs.accept(made)
    publish_end(before or made, backend)


def _of_drop(drop: Dropped, backend: ForecastBackend) -> ForecastJob:
    """The job of a file; its options lie beside it, and have to be there first. Wrong ones fail it."""
    _, name = drop.place
    job = ForecastJob(
        tenant=drop.ref.tenant,
        id=drop.ref.job,
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of({"key": drop.key, "version": drop.version}),
        correlation_id=drop.id,
        key_id=DROP,
        config=ForecastConfig(name=name[:256]),
        sources=(_source(drop, name),),
    )
    try:
        config = _options(drop.key + OPTIONS, backend)
    except Invalid as error:
        said = "; ".join(f"{flaw.field}: {flaw.detail}" for flaw in error.flaws) or error.detail
        failed = {"state": State.FAILED, "error": f"{name}{OPTIONS}: {said}", **ending_times(job, backend)}
        return job.model_copy(update=failed)
    return job.model_copy(update={"config": config.model_copy(update={"name": config.name or name[:256]})})


def _source(drop: Dropped, name: str) -> ForecastSource:
    return ForecastSource(key=drop.key, filename=name.rpartition("/")[2], etag=drop.detail["object"].get("etag"))


def _options(key: str, backend: ForecastBackend) -> ForecastConfig:
    config = dropped_options(key, ForecastConfig, "it", backend.blobs)
    if config is None:
        return ForecastConfig()
    check_config(config, backend.settings)
    return config
