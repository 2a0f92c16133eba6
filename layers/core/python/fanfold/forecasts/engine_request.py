"""A job's configuration as the engine takes it. Known to the steps that forecast; it brings NumPy along."""

from hashlib import blake2b

from fanfold import forecasting
from fanfold.errors import Invalid
from fanfold.forecasting import texts
from fanfold.forecasting.portfolio import Request
from fanfold.forecasts.job import DESCRIBING, Config

SETTINGS = frozenset(forecasting.Settings.__dataclass_fields__)
ENGINE = "2"
"""Goes up when the engine's numbers change: results kept from before are then made anew."""
HEAVY = frozenset({"mstl", "sarimax", "var"})
"""Models that need statsmodels, and a function that has it."""


def engine_request(config: Config) -> Request:
    """What every series is asked. Raises Invalid with the field."""
    if config.language not in texts.names():
        known = ", ".join(texts.names())
        raise Invalid(f"there are no texts in {config.language!r}; there are: {known}", field="language")
    settings = config.model_dump(include=set(SETTINGS), exclude_none=True)
    return forecasting.request(config.horizon, config.frequency, config.season, config.levels, config.preset, settings)


def is_heavy(config: Config) -> bool:
    """Whether a model was asked for that needs statsmodels."""
    return not HEAVY.isdisjoint(config.models or ())


def digest_of(config: Config) -> bytes:
    """Everything but the series that a result depends on."""
    text = config.model_dump_json(exclude=set(DESCRIBING) | {"alert_below", "max_series", "max_cost_usd"})
    return blake2b(f"{ENGINE} {text}".encode(), digest_size=16).digest()
