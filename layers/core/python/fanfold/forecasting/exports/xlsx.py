"""Excel: the sheets Summary, Forecasts, Models, Confidence, Advice, Total and Notes, with charts drawn from the cells.

Sheets are written row by row to disk while results come in; Summary, first in the file, is written last. A sheet that
is full goes on in another (`Forecasts 2`). A text that Excel would take for a formula is marked as text (its quote
prefix), so that it stays one when the cell is edited. https://xlsxwriter.readthedocs.io/working_with_memory.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from fanfold.forecasting import texts
from fanfold.forecasting.exports import Details, day, levels
from fanfold.forecasting.exports._sheet import Sheet, dated, put
from fanfold.forecasting.exports._tally import BINS, ReportTally
from fanfold.forecasting.figures import short, shorts
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts import explain, recommend
from fanfold.forecasting.texts._language import Language

ROWS = 1_048_576
WITHOUT_DATE = datetime(2000, 1, 1)
CHARTED = 5_000
"""Series in the scatter chart: more points are a blot."""
FORECASTS = ("series_name", "step", "date", "forecast")
MODELS = ("series_name", "model_selected", "model", "weight", "backtest_error")
CONFIDENCE = (
    *("series_name", "confidence", "expected_error", "expected_error_low", "expected_error_high"),
    *(
        "error_against_naive",
        "backtest_error",
        "naive_error",
        "pattern",
        "status",
        "reason",
        "lead_model",
        "attention",
        "flags",
    ),
)
ADVICE = (
    *("series_name", "expected_demand", "safety_stock", "reorder_point", "service_level", "fill_rate"),
    *("business_recommendation", "explanation", "on_hand_and_order", "order_quantity"),
)
NOTES = ("code", "column", "decision", "evidence", "option", "certain")
TOTAL = ("date", "forecast", "series")
BARS = 12
BLUE, ORANGE, GREY = "#2563eb", "#ea580c", "#94a3b8"


@dataclass(frozen=True)
class ForecastXlsxExport:
    content_type: str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    extension: str = "xlsx"
    light: bool = False
    rows: int = ROWS
    """In a sheet."""

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        import xlsxwriter

        shown, results = levels(results, details)
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(out, options) as book:
            book.set_properties({"title": details.title or "Fanfold", "created": WITHOUT_DATE})
            _Book(book, shown, details, self.rows).write(results)


class _Book:
    """The sheets, and what Summary needs to know in the end."""

    def __init__(self, book: Any, shown: tuple[int, ...], details: Details, rows: int) -> None:
        bounds = [f"{side}_{level}" for level in shown for side in ("lo", "hi")]
        self.book, self.shown, self.details, self.tally = book, shown, details, ReportTally()
        self.summary = book.add_worksheet("Summary")
        self.forecasts = Sheet(book, "Forecasts", (*FORECASTS, *bounds, "model", "confidence", "status"), rows)
        self.models = Sheet(book, "Models", MODELS, rows)
        self.confidence = Sheet(book, "Confidence", CONFIDENCE, rows)
        self.advice = Sheet(book, "Advice", ADVICE, rows)
        self.charted: SeriesForecast | None = None
        self.charted_row = 0

    def write(self, results: Iterable[SeriesForecast]) -> None:
        for one in results:
            if self.charted is None and len(one.mean):
                self.charted, self.charted_row = one, self.forecasts.row
            self.tally.add(one)
            self._add(one)
        if total := self.tally.total():
            sheet = Sheet(self.book, "Total", TOTAL, self.forecasts.rows)
            for date, value, count in total:
                sheet.append((dated(date), short(value), count))
        if self.details.notes:
            sheet = Sheet(self.book, "Notes", NOTES, self.forecasts.rows)
            for note in self.details.notes:
                certain = "yes" if note.certain else "no"
                sheet.append((note.code, note.column, note.detail, note.evidence, note.option, certain))
        places = _summarise(self)
        _draw(self, places)

    def _add(self, one: SeriesForecast) -> None:
        for row in _steps(one, self.shown):
            self.forecasts.append(row)
        for name, weight in one.weights.items():
            tested = one.backtest.by_model.get(name) if one.backtest else None
            self.models.append((one.name, one.model_selected, name, short(weight), short(tested)))
        self.confidence.append(_trust(one))
        self.advice.append(_advice(one, self.details.language))


def _steps(one: SeriesForecast, shown: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    end = (one.model_selected, short(round(one.confidence, 4)), one.status)
    if len(one.mean) == 0:
        yield (one.name, *[None] * (3 + 2 * len(shown)), *end)
    bounds = [bound for level in shown for bound in _bounds(one, level)]
    for step, value in enumerate(shorts(one.mean)):
        yield (one.name, step + 1, dated(day(one, step)), value, *(bound[step] for bound in bounds), *end)


def _bounds(one: SeriesForecast, level: int) -> tuple[list[float | None], list[float | None]]:
    interval, nothing = one.intervals.get(level), [None] * len(one.mean)
    return (shorts(interval.low), shorts(interval.high)) if interval else (list(nothing), list(nothing))


def _trust(one: SeriesForecast) -> list[Any]:
    low, high = one.expected_error_band or (None, None)
    test = one.backtest
    tested = (test.against_naive, test.error, test.naive_error) if test else (None,) * 3
    numbers = (one.confidence, one.expected_error, low, high, *tested)
    return [
        one.name,
        *map(short, numbers),
        one.pattern,
        one.status,
        one.reason,
        one.lead_model,
        one.attention,
        ", ".join(one.flags),
    ]


def _advice(one: SeriesForecast, language: str | None) -> list[Any]:
    stock = one.stock
    levels = (
        (stock.demand, stock.safety_stock, stock.reorder_point, stock.service_level, stock.fill_rate) if stock else ()
    )
    words = (recommend(one, language), explain(one, language))
    bought = (short(stock.position), short(stock.order_quantity)) if stock else (None, None)
    return [one.name, *(map(short, levels) if stock else (None,) * 5), *words, *bought]


def _summarise(book: _Book) -> dict[str, tuple[int, int]]:
    """Write Summary from the top; the places (first row, last row) of the tables that charts are drawn from."""
    said, tally = texts.language(book.details.language), book.tally
    heading, bold = book.book.add_format({"bold": True, "font_size": 16}), book.forecasts.bold
    percent = book.book.add_format({"num_format": "0.0%"})
    book.summary.set_column(0, 0, 34)
    book.summary.set_column(1, 2, 16)
    places: dict[str, tuple[int, int]] = {}
    row = _line(book, 0, [book.details.title or said.say("label.report")], heading) + 1
    for label, value, style in _headline(book, said, percent):
        row = _line(book, row, [label, value], style)
    for key, header, lines in _tables(tally, said):
        row = _line(book, row + 1, header, bold)
        places[key] = row, row + len(lines) - 1
        for line in lines:
            row = _line(book, row, line, percent if key == "models" else None)
    return places


def _line(book: _Book, row: int, cells: list[Any], style: Any) -> int:
    """Write a row; the number of the next. A number format holds for the last cell alone."""
    for column, cell in enumerate(cells):
        own = style if isinstance(cell, str | None) or column == len(cells) - 1 else None
        put(book.summary, row, column, cell, own, book.forecasts.quoted)
    return row + 1


def _headline(book: _Book, said: Language, percent: Any) -> Iterator[tuple[str, Any, Any]]:
    tally, details = book.tally, book.details
    yield said.say("label.series"), tally.series, None
    for key, status in (("succeeded", "ok"), ("fallbacks", "fallback"), ("failures", "failed")):
        yield said.say(f"label.{key}"), tally.status[status], None
    yield said.say("label.mean_confidence"), short(tally.mean_confidence), percent
    yield said.say("label.against_naive"), short(tally.against_naive), percent
    yield said.say("label.horizon"), details.horizon or tally.horizon, None
    if data := tally.data:
        yield said.say("label.data"), f"{said.day(data[0])} \N{EN DASH} {said.day(data[1])}", None
    for key, value in (("preset", details.preset), ("created", details.created_at)):
        if value:
            yield said.say(f"label.{key}"), value, None
    for sheet in (book.forecasts, book.models, book.confidence, book.advice):
        if sheet.count > 1:
            yield sheet.name, f"{sheet.name} … {sheet.name} {sheet.count}", None


def _tables(tally: ReportTally, said: Language) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    def named(key: str) -> str:
        return said.say(f"name.{key}") if said.has(f"name.{key}") else key

    series = said.say("label.series")
    bins = [
        [f"{said.share(i / BINS)} \N{EN DASH} {said.share((i + 1) / BINS)}", count]
        for i, count in enumerate(tally.bins)
    ]
    yield "bins", [said.say("label.confidence"), series], bins
    chosen, weight = said.say("label.chosen"), said.say("label.mean_weight")
    yield "models", [said.say("label.model"), chosen, weight], [[n, c, short(w)] for n, c, w in tally.models()]
    ranked = sorted(tally.pattern.items(), key=lambda item: (-item[1], item[0]))
    yield "patterns", [said.say("label.pattern"), series], [[named(key), count] for key, count in ranked]


def _draw(book: _Book, places: dict[str, tuple[int, int]]) -> None:
    """The charts, each beside the cells it is about."""
    said = texts.language(book.details.language)
    trust, models = said.say("label.distribution"), said.say("label.models")
    if not book.tally.forecast:
        return
    book.summary.insert_chart("E2", _bars(book, "column", trust, places["bins"], 1, BLUE))
    book.summary.insert_chart("E18", _bars(book, "bar", models, places["models"], 1, ORANGE))
    book.summary.insert_chart("E34", _bars(book, "doughnut", said.say("label.patterns"), places["patterns"], 1, None))
    book.models.first.insert_chart(1, len(MODELS) + 1, _bars(book, "bar", models, places["models"], 2, ORANGE))
    beside = len(CONFIDENCE) + 1
    book.confidence.first.insert_chart(1, beside, _bars(book, "column", trust, places["bins"], 1, BLUE))
    book.confidence.first.insert_chart(17, beside, _scatter(book, said))
    if book.charted is not None:
        book.forecasts.first.insert_chart(1, len(book.forecasts.header) + 1, _fan(book, book.charted, said))


def _bars(book: _Book, kind: str, title: str, place: tuple[int, int], column: int, colour: str | None) -> Any:
    place = place[0], min(place[1], place[0] + BARS - 1)
    chart = book.book.add_chart({"type": kind})
    drawn: dict[str, Any] = {
        "name": title,
        "categories": ["Summary", place[0], 0, place[1], 0],
        "values": ["Summary", place[0], column, place[1], column],
    }
    if colour is not None:
        drawn |= {"fill": {"color": colour}, "gap": 40}
        chart.set_legend({"none": True})
    if kind == "bar":
        chart.set_y_axis({"reverse": True})
    chart.add_series(drawn)
    chart.set_title({"name": title, "name_font": {"size": 12}})
    return chart


def _scatter(book: _Book, said: Language) -> Any:
    """Confidence against the backtest: how far the one foretells the other."""
    last = min(book.confidence.row if book.confidence.count == 1 else CHARTED, CHARTED + 1) - 1
    chart = book.book.add_chart({"type": "scatter"})
    marker = {"type": "circle", "size": 4, "fill": {"color": BLUE}, "border": {"none": True}}
    ranges = {key: ["Confidence", 1, column, last, column] for key, column in (("categories", 1), ("values", 5))}
    chart.add_series({**ranges, "marker": marker})
    chart.set_legend({"none": True})
    chart.set_title({"name": said.say("label.against_naive"), "name_font": {"size": 12}})
    chart.set_x_axis({"name": said.say("label.confidence"), "min": 0, "max": 1, "num_format": "0%"})
    chart.set_y_axis({"num_format": "0%"})
    return chart


def _fan(book: _Book, one: SeriesForecast, said: Language) -> Any:
    """The first series' forecast within its intervals."""
    first, last = book.charted_row, book.charted_row + len(one.mean) - 1
    chart = book.book.add_chart({"type": "line"})
    category = 2 if one.dates else 1
    for column, name in enumerate(book.forecasts.header[3 : 4 + 2 * len(book.shown)], start=3):
        line = {"color": BLUE, "width": 2.25} if column == 3 else {"color": GREY, "width": 1, "dash_type": "dash"}
        ranges = {
            "categories": ["Forecasts", first, category, last, category],
            "values": ["Forecasts", first, column, last, column],
        }
        chart.add_series({"name": name, "line": line, **ranges})
    chart.set_title({"name": f"{said.say('label.forecast')}: {one.name[:60]}", "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    return chart


PLUGIN = ForecastXlsxExport()
