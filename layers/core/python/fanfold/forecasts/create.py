"""Accept: take a portfolio in, durably, with one conditional write, and start its execution."""

import json
from hashlib import blake2b
from io import BytesIO
from typing import Any

from fanfold.clock import stamp
from fanfold.errors import Flaw, Invalid
from fanfold.forecasting import Series, readers
from fanfold.forecasting.readers import Reading
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.engine_request import engine_request, options
from fanfold.forecasts.execution import CreateForecast
from fanfold.forecasts.job import KIND, ForecastConfig, ForecastJob, ForecastSource
from fanfold.forecasts.series import GivenSeries, parse, to_line
from fanfold.jobs.callbacks import check_callbacks
from fanfold.jobs.identity import Caller, fingerprint_of
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import accept
from fanfold.jobs.upload import find_upload
from fanfold.quotas.guard import Unit
from fanfold.settings import Settings

ENDINGS = (*readers.suffixes(), ".zip")
MAPPED = "series.json"
SAMPLES = 20
"""Flaws that a refusal or a job shows."""


def create_forecast(body: CreateForecast, caller: Caller, backend: ForecastBackend) -> ForecastJob:
    """A new forecast, or the one that this idempotency key made before.

    Raises Invalid, NotFound, KeyReused, QuotaExceeded.
    """
    with backend.quotas.admitted(caller.ref(KIND), Unit.SERIES, len(body.series or ())):
        return accept(draft_forecast(body, caller, backend), backend)


def draft_forecast(body: CreateForecast, caller: Caller, backend: ForecastBackend) -> ForecastJob:
    """The job that the body asks for, its input in place. Raises Invalid, NotFound, Conflict."""
    ref = caller.ref(KIND)
    config = ForecastConfig.model_validate(body.model_dump(include=set(ForecastConfig.model_fields)))
    check_config(config, backend.settings)
    return ForecastJob(
        tenant=ref.tenant,
        id=ref.job,
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of(body.model_dump(mode="json", exclude_none=True)),
        correlation_id=caller.correlation_id,
        key_id=caller.key_id,
        config=config,
        sources=(_placed(body, ref, backend),),
    )


def check_config(config: ForecastConfig, settings: Settings) -> None:
    """Whether the engine and the deployment take it. Raises Invalid with the field."""
    engine_request(config)
    check_callbacks(config.callbacks, settings.webhook_hosts)
    most = settings.forecast_concurrency
    if config.parallel_chunks and config.parallel_chunks > most:
        raise Invalid(f"this deployment fits at most {most} chunks at a time", field="parallel_chunks")


def _placed(body: CreateForecast, ref: JobRef, backend: ForecastBackend) -> ForecastSource:
    if (body.series is None) == (body.upload is None):
        raise Invalid("give either series or upload", field="series")
    if body.upload is not None:
        return uploaded(ref.tenant, body.upload, backend)
    mapped = isinstance(body.series, dict)
    lines = _mapped(body) if mapped else b"".join(map(to_line, _checked(list(body.series or []))))
    key = f"{ref.folder}input-{blake2b(lines, digest_size=8).hexdigest()}.{'json' if mapped else 'jsonl'}"
    backend.blobs.put(key, lines)
    return ForecastSource(key=key, filename=MAPPED if mapped else None)


def _mapped(body: CreateForecast) -> bytes:
    """A mapping as the file that it is read as, later, with the same decisions. Raises Invalid if it can't be."""
    content = json.dumps(body.series).encode()
    found = list(Reading(BytesIO(content), MAPPED, options(body)))
    wrong = [each for each in found if isinstance(each, Flaw)]
    if wrong or not found:
        raise Invalid("the series can't be read", *wrong[:SAMPLES])
    return content


def _checked(given: list[Any]) -> list[Series]:
    """Inline series: a malformed one is the caller's error, and named by its place. Raises Invalid."""
    found = list(parse(given))
    wrong = [each for each in found if not isinstance(each, GivenSeries)]
    if wrong:
        places = sorted({flaw.line for flaw in wrong if flaw.line is not None})
        raise Invalid(f"series {', '.join(map(str, places[:SAMPLES]))} can't be read", *wrong[:SAMPLES])
    good = [each for each in found if isinstance(each, GivenSeries)]
    return [each.series for each in good]


def uploaded(tenant: str, upload: str, backend: ForecastBackend) -> ForecastSource:
    """An upload as a source. Raises Invalid for no format of ours, NotFound for no such upload, Conflict if empty."""
    filename = upload.rpartition("/")[2]
    if not filename.lower().endswith(ENDINGS):
        raise Invalid(f"{filename!r} is no portfolio: its name ends in one of {', '.join(ENDINGS)}", field="upload")
    key, version = find_upload(tenant, upload, backend.blobs)
    return ForecastSource(key=key, filename=filename, version=version)
