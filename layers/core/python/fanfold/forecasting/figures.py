"""Numbers as they are stored and exported: ten significant digits, never NaN."""

import math
from collections.abc import Iterable
from typing import Any


def short(value: float | None) -> float | None:
    """Ten significant digits of it; None where it is no finite number."""
    if value is None or not math.isfinite(value):
        return None
    kept = float(f"{value:.10g}")
    return kept + 0.0 if math.isfinite(kept) else value


def shorts(values: Any) -> list[float | None]:
    """The same, of an array or any iterable of floats."""
    given: Iterable[float] = values.tolist() if hasattr(values, "tolist") else values
    return [short(value) for value in given]


def plain(value: float | None) -> str:
    """The number without an exponent, as every importer reads it; empty for none."""
    kept = short(value)
    if kept is None:
        return ""
    text = f"{kept:.10g}"
    if "e" in text:
        text = f"{kept:.0f}" if abs(kept) >= 1 else f"{kept:.15f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
