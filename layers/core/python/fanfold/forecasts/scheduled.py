"""Scheduled: a forecast that is made again and again of files that come, or a portfolio that is forecast anew."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from fanfold.clock import stamp
from fanfold.errors import Invalid, NotFound
from fanfold.forecasts.backend import Backend
from fanfold.forecasts.create import ENDINGS, check_config, draft_forecast
from fanfold.forecasts.editions import change_first, first_of, next_edition
from fanfold.forecasts.execution import CreateForecast, Retrain
from fanfold.forecasts.job import KIND, Config, ForecastJob, ForecastSource, retrain_schedule
from fanfold.jobs.identity import Caller, fingerprint_of, job_id
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.life_cycle import accept
from fanfold.problems import invalid
from fanfold.schedules.backend import Backend as ScheduleBackend
from fanfold.schedules.commands import CreateSchedule, forget, replace
from fanfold.schedules.files import Prefix, files
from fanfold.schedules.model import Schedule, ScheduleRef
from fanfold.schedules.timing import Timing
from fanfold.schedules.work import SCHEDULE, Turn


class ForecastToCome(CreateForecast):
    """The configuration of a forecast, and where its series will come from."""

    prefix: Prefix | None = None


class KeptForecast(BaseModel):
    """The same, as its schedule keeps it."""

    model_config = ConfigDict(frozen=True)

    config: Config
    source: ForecastSource | None = None
    prefix: str | None = None


class ForecastWork:
    """Forecasts, as schedules have them made."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def place(self, given: Any, caller: Caller) -> ScheduleRef:
        return ScheduleRef(caller.tenant, job_id("schedule", caller.tenant, caller.idempotency_key))

    def keep(self, given: Any, ref: ScheduleRef) -> dict[str, Any]:
        try:
            wanted = ForecastToCome.model_validate(given)
        except ValidationError as error:
            raise invalid(error, "the forecast is not as it should be") from None
        config = Config.model_validate(wanted.model_dump(include=set(Config.model_fields), exclude_unset=True))
        check_config(config, self._backend.settings)
        kept = KeptForecast(config=config, **self._input(wanted, ref))
        return kept.model_dump(mode="json", exclude_defaults=True)

    def start(self, turn: Turn) -> str:
        kept, ref = KeptForecast.model_validate({"config": {}, **turn.work}), turn.job(KIND)
        job = ForecastJob(
            tenant=ref.tenant,
            id=ref.job,
            created_at=stamp(self._backend.clock()),
            fingerprint=fingerprint_of(turn.fingerprint),
            correlation_id=turn.correlation_id,
            key_id=SCHEDULE,
            config=kept.config.model_copy(update={"name": kept.config.name or turn.name}),
            sources=self._sources(kept, turn, ref),
        )
        with self._backend.quotas.admitted(ref):
            return accept(job, self._backend).id

    def noted(self, schedule: Schedule, *, gone: bool = False) -> None:
        """Nobody has to know."""

    def _input(self, wanted: ForecastToCome, ref: ScheduleRef) -> dict[str, Any]:
        given = [name for name in ("series", "upload", "prefix") if getattr(wanted, name) is not None]
        if len(given) != 1:
            raise Invalid("give one of series, upload and prefix", field="series")
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
        """Its input, copied: the forecast is of what was there, and its removal takes nobody's file."""
        found = [kept.source] if kept.source else self._found(kept, turn)
        copies = [
            each.model_copy(update={"key": f"{ref.folder}input-{number:03d}-{each.key.rpartition('/')[2]}"})
            for number, each in enumerate(found)
        ]
        for each, copy in zip(found, copies, strict=True):
            self._backend.blobs.copy(each.key, copy.key)
        return tuple(copies)

    def _found(self, kept: KeptForecast, turn: Turn) -> list[ForecastSource]:
        found = files(turn, kept.prefix or "", ENDINGS, self._backend.blobs)
        return [ForecastSource(key=each.key, filename=each.key.rpartition("/")[2]) for each in found]


class RetrainWork:
    """Portfolios that are forecast anew; each has one schedule, and knows of it."""

    def __init__(self, backend: Backend) -> None:
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
    ref: JobRef, timing: Timing, caller: Caller, backend: Backend, schedules: ScheduleBackend
) -> ForecastJob:
    """Have the portfolio forecast anew by that timing, instead of the one before. Raises NotFound, Invalid."""
    first = first_of(ref, backend)
    when = timing.model_dump(exclude_unset=True)
    replace(CreateSchedule(**when, retrain=first.id, name=first.config.name), caller, schedules)
    return backend.jobs.get(first.ref)


def end_schedule(ref: JobRef, backend: Backend, schedules: ScheduleBackend) -> ForecastJob:
    """Forecast it no more by itself; without a schedule nothing happens."""
    first = first_of(ref, backend)
    if found := schedules.store.find(retrain_schedule(first)):
        forget(found, schedules)
    elif first.schedule:  # from before schedules had items
        backend.schedules().remove(first.id)
        change_first(first.ref, lambda _: {"schedule": None}, backend)
    return backend.jobs.get(first.ref)
