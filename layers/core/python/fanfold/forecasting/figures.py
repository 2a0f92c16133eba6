"""Numbers as they are stored and exported: ten significant digits, never NaN."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

LARGE = 1e300
"""Well within what a float holds, also after rounding."""


def short(value: float | None) -> float | None:
    """Ten significant digits of it; None where it is no finite number."""
    if value is None or not math.isfinite(value):
        return None
    kept = float(f"{value:.10g}")
    return kept + 0.0 if math.isfinite(kept) else value


def stored(value: Any) -> Any:
    """A value as JSON has it: all numbers within short, NumPy's as Python's, what there is no word for as text."""
    if isinstance(value, float):
        return short(value)
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, np.ndarray):
        return _shorts(value)
    if isinstance(value, np.generic):
        return stored(value.item())
    if isinstance(value, dict):
        return {str(key): stored(item) for key, item in value.items()}
    return [stored(item) for item in value] if isinstance(value, list | tuple | set | frozenset) else str(value)


def _shorts(values: np.ndarray[Any, Any]) -> Any:
    """The same of an array, in one sweep where all of it is finite."""
    if values.dtype.kind == "f" and values.ndim == 1 and len(values) and np.abs(values).max() < LARGE:
        return [float(f"{value:.10g}") + 0.0 for value in values.tolist()]
    return stored(values.tolist())


def plain(value: float | None) -> str:
    """The number without an exponent, as every importer reads it; empty for none."""
    kept = short(value)
    if kept is None:
        return ""
    text = f"{kept:.10g}"
    if "e" in text:
        text = f"{kept:.0f}" if abs(kept) >= 1 else f"{kept:.15f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def plains(columns: Sequence[Sequence[float | None]]) -> list[list[str]]:
    """Columns of numbers, each number as `plain` writes it."""
    return [[plain(value) for value in column] for column in columns]
