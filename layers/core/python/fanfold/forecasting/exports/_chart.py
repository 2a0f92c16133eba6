"""Charts as inline SVG. Shapes stretch with the page, so their labels are HTML beside them, at one size."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from math import floor, log10

import numpy as np

from fanfold.forecasting.calendars import moved
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts._language import Language

WIDTH, HEIGHT = 1000.0, 300.0
LEAST_SHOWN, MOST_SHOWN = 48, 240
"""Observations of the history in a chart; between them, four horizons."""
SPARK = 36
DOT = 'class="dot"'
TICKS = 5


def fan(one: SeriesForecast, said: Language) -> str:
    """History, forecast and intervals of one series."""
    history = one.history[-min(MOST_SHOWN, max(LEAST_SHOWN, 4 * len(one.mean))) :]
    low, high = _range(one, history)
    steps = len(history) + len(one.mean)
    across = _Axis(0.0, max(steps - 1.0, 1.0), 0.0, WIDTH)
    up = _Axis(low, high, HEIGHT, 0.0)
    start = max(len(history) - 1, 0)
    title = escape(said.say("label.chart", name=one.name))
    grid = "".join(f'<path class="grid" d="M0 {up.at(tick):.1f}H{WIDTH:.0f}"/>' for tick in ticks(low, high))
    bands = "".join(_band(one, level, across, up, start, history) for level in sorted(one.intervals, reverse=True))
    ahead = _joined(history, one.mean)
    shapes = (
        f'{grid}<path class="now" d="M{across.at(start):.1f} 0V{HEIGHT:.0f}"/>{bands}'
        f'<path class="past" d="{_line(across, up, history, 0)}"/>'
        f'<path class="ahead" d="{_line(across, up, ahead, len(history) + len(one.mean) - len(ahead))}"/>'
        f"{_outliers(one, history, across, up)}"
    )
    return (
        f'<div class="chart"><svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" preserveAspectRatio="none" role="img">'
        f"<title>{title}</title>{shapes}</svg>{_labels(one, history, said, across, up)}</div>"
    )


def spark(one: SeriesForecast) -> str:
    """The same in the height of a line."""
    history = one.history[-SPARK:]
    ahead = _joined(history, one.mean)
    both = np.concatenate([history, one.mean])
    if len(both) == 0:
        return ""
    across = _Axis(0.0, max(len(both) - 1.0, 1.0), 0.0, 100.0)
    up = _Axis(float(both.min()), float(both.max()), 22.0, 2.0)
    return (
        '<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="past" d="{_line(across, up, history, 0)}"/>'
        f'<path class="ahead" d="{_line(across, up, ahead, len(both) - len(ahead))}"/></svg>'
    )


class _Axis:
    """From values to places."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.start = low, start
        self.scale = (end - start) / (high - low) if high > low else 0.0
        self.middle = (start + end) / 2

    def at(self, value: float) -> float:
        return self.start + (value - self.low) * self.scale if self.scale else self.middle


def ticks(low: float, high: float) -> list[float]:
    """Round values within a range, three to seven of them."""
    width = high - low
    if not width > 0:
        return [low]
    rough = width / 4
    size = 10.0 ** floor(log10(rough))
    step = next(size * part for part in (1, 2, 2.5, 5, 10) if size * part >= rough)
    first = int(np.ceil(low / step - 1e-9))
    return [step * count for count in range(first, int(np.floor(high / step + 1e-9)) + 1)]


def _range(one: SeriesForecast, history: Floats) -> tuple[float, float]:
    """What the chart spans: everything shown and a little room, from zero where that is near."""
    parts = [history, one.mean, *(side for i in one.intervals.values() for side in (i.low, i.high))]
    every = np.concatenate(parts)
    every = every[np.isfinite(every)]
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    if 0 <= low < 0.4 * high:
        low = 0.0
    room = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return (low if low == 0 else low - room), high + room


def _joined(history: Floats, mean: Floats) -> Floats:
    """The forecast with the last observation before it, so that the lines meet."""
    return np.concatenate([history[-1:], mean]) if len(mean) else mean


def _points(across: _Axis, up: _Axis, values: Sequence[float], first: int) -> list[str]:
    return [f"{across.at(first + i):.1f} {up.at(value):.1f}" for i, value in enumerate(values) if np.isfinite(value)]


def _line(across: _Axis, up: _Axis, values: Floats, first: int) -> str:
    points = _points(across, up, values.tolist(), first)
    return "M" + "L".join(points) if points else ""


def _band(one: SeriesForecast, level: int, across: _Axis, up: _Axis, start: int, history: Floats) -> str:
    interval = one.intervals[level]
    first = start if len(history) else 0
    above = _points(across, up, _joined(history, interval.high).tolist(), first)
    below = _points(across, up, _joined(history, interval.low).tolist(), first)
    return f'<path class="band" d="M{"L".join(above + below[::-1])}Z"/>' if above else ""


def _outliers(one: SeriesForecast, history: Floats, across: _Axis, up: _Axis) -> str:
    """Flagged observations as dots: strokes without length keep their shape when the chart is stretched."""
    before = int(one.details.get("observations", len(one.history))) - len(history)
    found = one.details.get("outliers")
    places = [int(place) - before for place in found] if isinstance(found, list) else []
    shown = [place for place in places if 0 <= place < len(history)]
    return "".join(f'<path {DOT} d="M{across.at(p):.1f} {up.at(history[p]):.1f}h0"/>' for p in shown)


def _labels(one: SeriesForecast, history: Floats, said: Language, across: _Axis, up: _Axis) -> str:
    low, high = _range(one, history)
    steps = len(history) + len(one.mean)
    marks = ticks(low, high)
    side = "".join(
        f'<span class="y" style="top:{100 * up.at(tick) / HEIGHT:.2f}%">{number}</span>'
        for tick, number in zip(marks, said.written(marks), strict=True)
    )
    places = sorted({round(i * (steps - 1) / (TICKS - 1)) for i in range(TICKS)}) if steps > 1 else [0]
    foot = "".join(
        f'<span class="x" style="left:{100 * across.at(place) / WIDTH:.2f}%">'
        f"{_moment(one, place - len(history))}</span>"
        for place in places
    )
    return f'<div class="axis" aria-hidden="true">{side}{foot}</div>'


def _moment(one: SeriesForecast, step: int) -> str:
    """The date of a step, counted from the first forecast; its number from the last observation without dates."""
    if one.dates and one.dates[0].lstrip("-").isdigit():
        first_number, second = int(one.dates[0]), int(one.dates[min(1, len(one.dates) - 1)])
        return str(first_number + step * (second - first_number or 1))
    try:
        first = datetime.fromisoformat(one.dates[0])
        if step >= 0:
            found = datetime.fromisoformat(one.dates[step])
        else:
            found = datetime.fromisoformat(moved(np.datetime64(first, "s"), one.frequency or "", (step,))[0])
    except (IndexError, ValueError, KeyError, OverflowError):
        return f"{step + 1:+d}" if step != -1 else "0"
    return found.strftime(_FORMATS.get(one.frequency or "", "%Y-%m-%d"))


_FORMATS = {"Y": "%Y", "Q": "%Y-%m", "M": "%Y-%m", "H": "%m-%d %H:%M", "30min": "%m-%d %H:%M", "15min": "%m-%d %H:%M"}
