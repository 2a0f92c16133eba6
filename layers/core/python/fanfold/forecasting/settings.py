"""What a user can set, each with one meaning, and the presets that set several at once."""

from dataclasses import dataclass, fields, replace
from typing import Any

from fanfold import plugins
from fanfold.errors import Invalid

MODELS = "fanfold.forecasting.models"
HOOKS = "fanfold.forecasting.hooks"

Seasons = int | tuple[int, ...]
LONGEST_HORIZON = 1000
"""Steps that can be forecast."""


@dataclass(frozen=True)
class ForecastSettings:
    """How a portfolio is forecast. `ForecastSettings.of(preset, overrides)` builds one, and says what is wrong."""

    validation_split: float | None = None
    """Share of each series held back for the backtest; None holds back one horizon."""
    models_to_try: int = 12
    """How many candidate models enter the combination, the cheapest first."""
    models: tuple[str, ...] = ()
    """Keys of the candidate models instead of the usual ones: `("sarimax",)`, `("var", "theta")`."""
    hooks: tuple[str, ...] = ()
    """Keys of pre- and post-processing plug-ins, applied in this order before the fit and after it."""
    work_limit: int | None = None
    """Most iterations (parameter cells times observations) a series; dearer models are left out beyond it."""
    time_limit: float | None = None
    """Last resort, in seconds of clock a model may take; one not done by then is left out, and the result says so."""
    seasonal_preference: str = "auto"
    """`auto` (with and without a long season), `always` (only with) or `never`."""
    intermittent_detection: bool = True
    """Whether sparse demand goes to the models made for it."""
    clean_outliers: bool = True
    """Whether outliers and stock-outs beyond doubt are replaced, and old levels brought to the last, before fitting.

    They are flagged in any case.
    """
    life_detection: bool = True
    """Whether zeros before the first sale are left out, and a series that long has none is taken to have ended."""
    borrowing: bool = True
    """Whether an item too new to show a season takes that of its group."""
    non_negative: bool | None = None
    """Whether forecasts stop at zero; None: where the history never goes below."""
    stacking: bool = True
    """Whether weights follow the backtest; else the combination is the members' median."""
    missing: str = "line"
    """What a value or a period missing within a series was: on a `line` between its neighbours, or `zero`."""
    chunk: int = 256
    """Most series fitted at once: memory grows with it, results do not depend on it."""
    seed: int = 7
    """For simulated paths."""
    lead_time: float | None = None
    """Steps between ordering and delivery; with it every result has stock advice."""
    lead_time_deviation: float = 0.0
    """Standard deviation of the lead time, in steps."""
    review_period: float = 0.0
    """Steps between looks at the stock; 0 for continuous review."""
    service_level: float = 0.95
    """Probability of no stock-out in an order cycle."""

    @classmethod
    def of(
        cls, preset: str | None = None, overrides: "dict[str, Any] | ForecastSettings | None" = None
    ) -> "ForecastSettings":
        """Raises Invalid for an unknown preset, setting or a value out of range."""
        if isinstance(overrides, ForecastSettings):
            return overrides.checked()
        if preset is not None and preset not in PRESETS:
            raise Invalid(f"there is no preset {preset!r}; there are {', '.join(sorted(PRESETS))}", field="preset")
        chosen = {**(PRESETS[preset] if preset else {}), **(overrides or {})}
        known = {field.name for field in fields(cls)}
        for name in chosen:
            if name not in known:
                raise Invalid(f"there is no setting {name!r}", field=name)
        return replace(cls(), **chosen).checked()

    def checked(self) -> "ForecastSettings":
        """Itself; raises Invalid if a value is out of range."""
        ranges = {
            "validation_split": self.validation_split is None or 0 < self.validation_split <= 0.5,
            "models_to_try": self.models_to_try >= 1,
            "models": set(self.models) <= set(plugins.names(MODELS)),
            "hooks": set(self.hooks) <= set(plugins.names(HOOKS)),
            "work_limit": self.work_limit is None or self.work_limit >= 0,
            "time_limit": self.time_limit is None or self.time_limit >= 0,
            "seasonal_preference": self.seasonal_preference in ("auto", "always", "never"),
            "missing": self.missing in ("line", "zero"),
            "chunk": self.chunk >= 1,
            "lead_time": self.lead_time is None or self.lead_time > 0,
            "lead_time_deviation": self.lead_time_deviation >= 0,
            "review_period": self.review_period >= 0,
            "service_level": 0.5 <= self.service_level < 1,
        }
        for name, fine in ranges.items():
            if not fine:
                raise Invalid(f"{name} can't be {getattr(self, name)!r}", field=name)
        return self


PRESETS: dict[str, dict[str, Any]] = {
    "retail": {
        **{"validation_split": 0.15, "models_to_try": 8, "time_limit": 90.0, "seasonal_preference": "always"},
        **{"service_level": 0.95, "lead_time": 1.0, "review_period": 1.0, "non_negative": True},
    },
    "manufacturing": {
        **{"validation_split": 0.25, "models_to_try": 4, "time_limit": 45.0, "intermittent_detection": True},
        **{"service_level": 0.97, "lead_time": 2.0, "lead_time_deviation": 0.5, "non_negative": True},
    },
    "spare_parts": {"service_level": 0.98, "lead_time": 3.0, "intermittent_detection": True, "non_negative": True},
    "energy": {"seasonal_preference": "always", "intermittent_detection": False},
}
