"""Results as JSON: what chunk objects hold, and what exports and texts are made from later.

A record has everything a `SeriesForecast` has but its distribution, with ten significant digits; of a long history it
keeps the end. About 2.5 KB a monthly series of ten years.
"""

from dataclasses import fields
from typing import Any

import numpy as np

from fanfold.forecasting.figures import stored
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.result import Backtest, Components, Interval, SeriesForecast, StockAdvice

HISTORY_KEPT = 600
"""Observations, from the end: more than a chart can show."""
PLAIN = ("name", "status", "pattern", "reason", "model_selected", "frequency")

Record = dict[str, Any]


def to_record(result: SeriesForecast) -> Record:
    """A dictionary that `json.dumps(…, allow_nan=False)` takes."""
    intervals, known = sorted(result.intervals.items()), result.details.get("observations", len(result.history))
    raw = {
        **{key: getattr(result, key) for key in PLAIN},
        "lead_model": result.lead_model,
        "attention": result.attention,
        "mean": _real(result.mean),
        "confidence": float(result.confidence),
        "expected_error": None if result.expected_error is None else float(result.expected_error),
        "expected_error_band": None if result.expected_error_band is None else _real(result.expected_error_band),
        "intervals": {level: {"low": _real(side.low), "high": _real(side.high)} for level, side in intervals},
        "weights": {name: float(weight) for name, weight in result.weights.items()},
        "dates": result.dates,
        "components": _part(result.components),
        "backtest": _part(result.backtest),
        "stock": _part(result.stock),
        "flags": result.flags,
        "details": result.details,
        "history": _real(result.history[-HISTORY_KEPT:]),
        "observations": int(known),
    }
    record: Record = stored(raw)
    return record


def from_record(record: Record) -> SeriesForecast:
    """The result again. Keys it does not know are left alone, so that newer records can be read."""
    band = record["expected_error_band"]
    details = record["details"]
    if record["observations"] > len(record["history"]):
        details = {**details, "observations": record["observations"]}
    return SeriesForecast(
        **{key: record[key] for key in PLAIN},
        mean=_floats(record["mean"]),
        confidence=record["confidence"] or 0.0,
        expected_error=record["expected_error"],
        expected_error_band=None if band is None else (band[0], band[1]),
        intervals={int(level): _interval(int(level), sides) for level, sides in record["intervals"].items()},
        weights=record["weights"],
        dates=tuple(record["dates"]),
        components=_components(record["components"]),
        backtest=None if record["backtest"] is None else Backtest(**_known(Backtest, record["backtest"])),
        stock=None if record["stock"] is None else StockAdvice(**_known(StockAdvice, record["stock"])),
        flags=tuple(record["flags"]),
        details=details,
        history=_floats(record["history"]),
    )


def _part(part: Any) -> Record | None:
    return None if part is None else vars(part)


def _real(values: Any) -> Floats:
    return np.asarray(values, dtype=float)


def _floats(values: list[float | None]) -> Floats:
    return np.array(values, dtype=float)


def _interval(level: int, sides: dict[str, list[float | None]]) -> Interval:
    return Interval(level, _floats(sides["low"]), _floats(sides["high"]))


def _components(record: Record | None) -> Components | None:
    if record is None:
        return None
    return Components(**{**_known(Components, record), "seasonal": _floats(record["seasonal"])})


def _known(kind: Any, record: Record) -> Record:
    return {field.name: record[field.name] for field in fields(kind) if field.name in record}
