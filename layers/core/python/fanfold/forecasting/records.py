"""Results as JSON: what chunk objects hold, and what exports and texts are made from later.

A record has everything a `SeriesForecast` has but its distribution, with ten significant digits; of a long history it
keeps the end. About 2.5 KB a monthly series of ten years.
"""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from fanfold.forecasting.figures import short, shorts
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.result import Backtest, Components, Interval, SeriesForecast, StockAdvice

HISTORY_KEPT = 600
"""Observations, from the end: more than a chart can show."""
PLAIN = ("name", "status", "pattern", "reason", "model_selected", "frequency")
DERIVED = ("lead_model", "attention")

Record = dict[str, Any]


def to_record(result: SeriesForecast) -> Record:
    """A dictionary that `json.dumps(…, allow_nan=False)` takes."""
    return {
        **figures(result),
        "details": _jsonable(result.details),
        "history": shorts(result.history[-HISTORY_KEPT:]),
        "observations": int(result.details.get("observations", len(result.history))),
    }


def figures(result: SeriesForecast) -> Record:
    """The record without what it rests on: history and details."""
    band = result.expected_error_band
    return {
        **{key: getattr(result, key) for key in (*PLAIN, *DERIVED)},
        "mean": shorts(result.mean),
        "confidence": short(result.confidence),
        "expected_error": short(result.expected_error),
        "expected_error_band": None if band is None else shorts(band),
        "intervals": {str(level): {"low": shorts(i.low), "high": shorts(i.high)} for level, i in _sorted(result)},
        "weights": {str(name): short(weight) for name, weight in result.weights.items()},
        "dates": list(result.dates),
        "components": _part(result.components),
        "backtest": _part(result.backtest),
        "stock": _part(result.stock),
        "flags": list(result.flags),
    }


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


def as_stored(result: SeriesForecast) -> SeriesForecast:
    """The result as it comes back from its record."""
    return from_record(to_record(result))


def rounded(result: SeriesForecast) -> SeriesForecast:
    """The result with the scalars that others are derived from as a record keeps them. Series of numbers stay."""
    band, test = result.expected_error_band, result.backtest
    return replace(
        result,
        confidence=short(result.confidence) or 0.0,
        expected_error=short(result.expected_error),
        expected_error_band=None if band is None else (short(band[0]) or 0.0, short(band[1]) or 0.0),
        weights={name: short(weight) or 0.0 for name, weight in result.weights.items()},
        backtest=None if test is None else Backtest(**_known(Backtest, _part(test) or {})),
    )


def _sorted(result: SeriesForecast) -> list[tuple[int, Interval]]:
    return sorted(result.intervals.items())


def _part(part: Any) -> Record | None:
    return None if part is None else {field.name: _jsonable(getattr(part, field.name)) for field in fields(part)}


def _jsonable(value: Any) -> Any:
    """Numbers short, NumPy's as Python's, and whatever JSON has no word for as text."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        return short(value)
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(item) for item in value]
    return value if value is None or isinstance(value, str | int) else str(value)


def _floats(values: list[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _interval(level: int, sides: dict[str, list[float | None]]) -> Interval:
    return Interval(level, _floats(sides["low"]), _floats(sides["high"]))


def _components(record: Record | None) -> Components | None:
    if record is None:
        return None
    return Components(**{**_known(Components, record), "seasonal": _floats(record["seasonal"])})


def _known(kind: Any, record: Record) -> Record:
    return {field.name: record[field.name] for field in fields(kind) if field.name in record}
