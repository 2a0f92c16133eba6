"""A job's configuration as the engine takes it. Known to the steps that forecast; it brings NumPy along."""

from hashlib import blake2b

from fanfold import forecasting
from fanfold.errors import Invalid
from fanfold.forecasting import texts
from fanfold.forecasting.frequency import spelled
from fanfold.forecasting.portfolio import ForecastRequest
from fanfold.forecasting.readers import SALES, ReadOptions
from fanfold.forecasts.job import DESCRIBING, READING, ForecastConfig

SETTINGS = frozenset(forecasting.ForecastSettings.__dataclass_fields__)
ENGINE = "3"
"""Goes up when the engine's numbers change: results kept from before are then made anew."""
BESIDE = frozenset(
    {"alert_below", "max_series", "max_cost_usd", "input_format", "parallel_chunks"}
    | {"retrain", "retrain_pause_minutes"}
)
"""Options of a job that change no number of a forecast."""
HEAVY = frozenset({"mstl", "sarimax", "var"})
"""Models that need statsmodels, and a function that has it."""


def engine_request(config: ForecastConfig) -> ForecastRequest:
    """What every series is asked. Raises Invalid with the field."""
    if config.language not in texts.names():
        known = ", ".join(texts.names())
        raise Invalid(f"there are no texts in {config.language!r}; there are: {known}", field="language")
    options(config).checked()
    settings = config.model_dump(include=set(SETTINGS), exclude_none=True)
    return forecasting.request(config.horizon, config.frequency, config.season, config.levels, config.preset, settings)


def options(config: ForecastConfig) -> ReadOptions:
    """How its file is read."""
    frequency, sold = spelled(config.frequency), config.preset in SALES
    reads = config.model_dump(include=set(READING))
    return ReadOptions(format=config.input_format, frequency=frequency, sold=sold, **reads)


def is_heavy(config: ForecastConfig) -> bool:
    """Whether a model was asked for that needs statsmodels."""
    return not HEAVY.isdisjoint(config.models or ())


def digest_of(config: ForecastConfig) -> bytes:
    """Everything but the series that a result depends on."""
    text = config.model_dump_json(exclude=set(DESCRIBING | READING - {"missing"} | BESIDE))
    return blake2b(f"{ENGINE} {text}".encode(), digest_size=16).digest()
