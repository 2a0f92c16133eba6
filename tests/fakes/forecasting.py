"""Results as the engine gives them, and results of every other sort, for exports and texts."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from fanfold.forecasting import SeriesForecast, forecast
from fanfold.forecasting.result import Backtest, Components, Interval, StockAdvice

NASTY = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\ttab",
    "\rreturn",
    'quo"te, comma; semi',
    "two\nlines",
    "</script><script>alert(1)</script>",
    "<b>&amp;</b>",
    "销售 Łódź",
    "مبيعات القاهرة",
    "बिक्री",
    "🍋 lemon",
    "half \ud83c pair",
    " ",
)


@cache
def fitted(names: tuple[str, ...] = ("monthly", "spare"), horizon: int = 6) -> tuple[SeriesForecast, ...]:
    """Monthly series out of the engine, with dates and stock advice; every second one is intermittent."""
    draw = np.random.default_rng(1)
    days = [f"{2018 + i // 12}-{i % 12 + 1:02d}-01" for i in range(72)]
    steps = np.arange(72)
    smooth = 1200 + 8 * steps + 240 * np.sin(2 * np.pi * steps / 12)
    given = [
        (name, (draw.poisson(3, 72) * (draw.random(72) < 0.3) if i % 2 else smooth + draw.normal(0, 20, 72)), days)
        for i, name in enumerate(names)
    ]
    return tuple(forecast(given, horizon, "M", preset="retail"))


def failed(name: str = "broken", reason: str = "no observation") -> SeriesForecast:
    return SeriesForecast(name, "failed", "none", np.zeros(0), reason=reason)


def made(name: str = "made", horizon: int = 3, levels: tuple[int, ...] = (80, 95), at: float = 100.0) -> SeriesForecast:
    """A result whose numbers are known: 100, 101, … ± a tenth of the level."""
    mean = at + np.arange(horizon)
    return SeriesForecast(
        name=name,
        status="ok",
        pattern="seasonal",
        mean=mean,  # type: ignore[arg-type]
        model_selected="Combination",
        weights={"Theta (12)": 0.625, "SARIMA (12)": 0.375},
        intervals={level: Interval(level, mean - level / 10, mean + level / 10) for level in levels},  # type: ignore[arg-type]
        dates=tuple(f"2026-{month + 1:02d}-01" for month in range(horizon)) if horizon <= 12 else (),
        frequency="M",
        components=Components(at, 1.0, np.linspace(0.8, 1.25, horizon), 0.5, 0.8),
        backtest=Backtest(3, 4.0, 5.0, {"Theta (12)": 4.2, "SARIMA (12)": 4.4}),
        expected_error=0.05,
        expected_error_band=(0.02, 0.11),
        confidence=0.83333,
        stock=StockAdvice(2.0, 0.5, 1.0, 0.95, 303.0, 21.5, 324.5, 0.987),
        flags=("gaps", "outliers"),
        details={"outliers": [4]},
        history=at - 10 + np.arange(10.0),
    )


def many(count: int, horizon: int = 12) -> Iterator[SeriesForecast]:
    """A large portfolio, made one by one; every seventh fails, every fifth is a fallback of little confidence."""
    one = made(horizon=horizon)
    for index in range(count):
        name = f"series {index:06d}"
        if index % 7 == 6:
            yield failed(name)
        elif index % 5 == 4:
            yield replace(one, name=name, status="fallback", reason="short", confidence=0.1 + index % 10 / 100)
        else:
            yield replace(one, name=name, mean=one.mean + index % 50, confidence=0.5 + index % 40 / 100)
