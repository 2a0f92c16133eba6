"""Scheduled: a forecast that is made again and again of files that come, or a portfolio that is forecast anew."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from fanfold.clock import stamp
from fanfold.errors import NotFound
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.create import ENDINGS, check_config, draft_forecast
from fanfold.forecasts.editions import change_first, first_of, next_edition
from fanfold.forecasts.execution import CreateForecast, Retrain
from fanfold.forecasts.job import KIND, ForecastConfig, ForecastJob, ForecastSource, retrain_schedule
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.life_cycle import accept
from fanfold.schedules.backend import ScheduleBackend
from fanfold.schedules.commands import CreateSchedule, forget, replace
from fanfold.schedules.files import Prefix, files
from fanfold.schedules.job_work import JobWork, copied_input, job_of, read_work
from fanfold.schedules.model import Schedule, ScheduleRef
from fanfold.schedules.timing import Timing
from fanfold.schedules.work import Turn

INPUTS = ("series", "upload", "prefix")


class ForecastToCome(CreateForecast):
    """The configuration of a forecast, and where its series will come from."""

    prefix: Prefix | None = None


class KeptForecast(BaseModel):
    """The same, as its schedule keeps it."""

    model_config = ConfigDict(frozen=True)

    config: ForecastConfig
    source: ForecastSource | None = None
    prefix: str | None = None


class ForecastWork(JobWork):
    """Forecasts, as schedules have them made."""

    def __init__(self, backend: ForecastBackend) -> None:
        self._backend = backend

    def keep(self, given: Any, ref: ScheduleRef) -> dict[str, Any]:
        wanted = read_work(given, ForecastToCome, "forecast", INPUTS)
        config = ForecastConfig.model_validate(
            wanted.model_dump(include=set(ForecastConfig.model_fields), exclude_unset=True)
        )
        check_config(config, self._backend.settings)
        kept = KeptForecast(config=config, **self._input(wanted, ref))
        return kept.model_dump(mode="json", exclude_defaults=True)

    def start(self, turn: Turn) -> str:
        kept, ref = KeptForecast.model_validate({"config": {}, **turn.work}), turn.job(KIND)
        job = ForecastJob(
            **job_of(turn, ref, self._backend.clock),
            config=kept.config.model_copy(update={"name": kept.config.name or turn.name}),
            sources=self._sources(kept, turn, ref),
        )
        with self._backend.quotas.admitted(ref):
            return accept(job, self._backend).id

    def _input(self, wanted: ForecastToCome, ref: ScheduleRef) -> dict[str, Any]:
        if wanted.prefix is not None:
            return {"prefix": wanted.prefix}
        caller = Caller(tenant=ref.tenant, correlation_id=ref.id, idempotency_key=ref.id)
        body = CreateForecast.model_validate(wanted.model_dump(exclude={"prefix"}, exclude_unset=True))
        (source,) = draft_forecast(body, caller, self._backend).sources
        key = ref.folder + source.key.rpartition("/")[2]
        self._backend.blobs.copy(source.key, key)
        if not body.upload:
            self._backend.blobs.remove_under(source.key)
        return {"source": ForecastSource(key=key, filename=source.filename)}

    def _sources(self, kept: KeptForecast, turn: Turn, ref: JobRef) -> tuple[ForecastSource, ...]:
        found = [kept.source] if kept.source else self._found(kept, turn)
        copies = copied_input([each.key for each in found], ref, self._backend.blobs)
        return tuple(each.model_copy(update={"key": copy}) for each, copy in zip(found, copies, strict=True))

    def _found(self, kept: KeptForecast, turn: Turn) -> list[ForecastSource]:
        found = files(turn, kept.prefix or "", ENDINGS, self._backend.blobs)
        return [ForecastSource(key=each.key, filename=each.key.rpartition("/")[2]) for each in found]


class RetrainWork:
    """Portfolios that are forecast anew; each has one schedule, and knows of it."""

    def __init__(self, backend: ForecastBackend) -> None:
        self._backend = backend

    def place(self, given: Any, caller: Caller) -> ScheduleRef:
        return retrain_schedule(self._first(str(given), caller.tenant))

    def keep(self, given: Any, ref: ScheduleRef) -> dict[str, Any]:
        return {"forecast": self._first(str(given), ref.tenant).id}

    def start(self, turn: Turn) -> str:
        wanted = Retrain(tenant=turn.ref.tenant, retrain=str(turn.work["forecast"]), at=stamp(turn.at))
        with self._backend.quotas.admitted(wanted.ref):
            edition = next_edition(wanted, self._backend)
        if edition.execution is None and edition.state is State.ACCEPTED:
            self._backend.rules.start(edition, self._backend)
        return edition.id

    def noted(self, schedule: Schedule, *, gone: bool = False) -> None:
        forecast = JobRef(tenant=schedule.tenant, job=str(schedule.work["forecast"]))
        timing = None if gone else schedule.timing.model_dump(mode="json", exclude_defaults=True)
        change_first(forecast, lambda first: {"schedule": timing}, self._backend)
        self._backend.schedules().remove(forecast.job)  # one of before schedules had items of their own

    def _first(self, job: str, tenant: str) -> ForecastJob:
        try:
            return first_of(JobRef(tenant=tenant, job=job), self._backend)
        except NotFound:
            raise NotFound(f"there is no forecast {job!r}", field="retrain") from None


def set_schedule(
    ref: JobRef, timing: Timing, caller: Caller, backend: ForecastBackend, schedules: ScheduleBackend
) -> ForecastJob:
    """Have the portfolio forecast anew by that timing, instead of the one before. Raises NotFound, Invalid."""
    first = first_of(ref, backend)
    when = timing.model_dump(exclude_unset=True)
    replace(CreateSchedule(**when, retrain=first.id, name=first.config.name), caller, schedules)
    return backend.jobs.get(first.ref)


def end_schedule(ref: JobRef, backend: ForecastBackend, schedules: ScheduleBackend) -> ForecastJob:
    """Forecast it no more by itself; without a schedule nothing happens."""
    first = first_of(ref, backend)
    if found := schedules.store.find(retrain_schedule(first)):
        forget(found, schedules)
    elif first.schedule:  # from before schedules had items
        backend.schedules().remove(first.id)
        change_first(first.ref, lambda _: {"schedule": None}, backend)
    return backend.jobs.get(first.ref)
