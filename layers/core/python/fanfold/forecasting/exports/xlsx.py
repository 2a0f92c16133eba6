"""Excel: the sheets Summary, Forecasts, Models, Confidence, Advice, Total and Notes, with charts drawn from the cells.

Sheets are written row by row to disk while results come in; Summary, first in the file, is written last. A sheet that
is full goes on in another (`Forecasts 2`). A text that Excel would take for a formula is marked as text (its quote
prefix), so that it stays one when the cell is edited. https://xlsxwriter.readthedocs.io/working_with_memory.html
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO

from fanfold.forecasting import texts
from fanfold.forecasting.exports import Add, Details, ForecastBlock
from fanfold.forecasting.exports._sheet import Sheet, fill, lines
from fanfold.forecasting.exports._tally import BINS, ReportTally
from fanfold.forecasting.figures import short, stored
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts import Words
from fanfold.forecasting.texts._language import Language
from fanfold.forecasting.texts._parts import Day, Share

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

    @contextmanager
    def open(self, out: BinaryIO, details: Details) -> Iterator[Add]:
        import xlsxwriter

        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(out, options) as book:
            book.set_properties({"title": details.title or "Fanfold", "created": WITHOUT_DATE})
            sheets = _Book(book, details, self.rows)
            yield sheets.add
            sheets.end()


class _Book:
    """The sheets, and what Summary needs to know in the end."""

    def __init__(self, book: Any, details: Details, rows: int) -> None:
        bounds = [f"{side}_{level}" for level in details.levels or () for side in ("lo", "hi")]
        self.book, self.details, self.tally = book, details, ReportTally()
        self.summary = book.add_worksheet("Summary")
        self.forecasts = Sheet(book, "Forecasts", (*FORECASTS, *bounds, "model", "confidence", "status"), rows)
        self.models = Sheet(book, "Models", MODELS, rows)
        self.confidence = Sheet(book, "Confidence", CONFIDENCE, rows)
        self.advice = Sheet(book, "Advice", ADVICE, rows)
        self.charted: SeriesForecast | None = None
        self.charted_row = 0

    def add(self, block: ForecastBlock) -> None:
        self.tally.extend(block.results)
        fill(self._rows(block))

    def _rows(self, block: ForecastBlock) -> Iterator[tuple[Sheet, Iterable[Any]]]:
        every = zip(block.results, block.days, block.columns, block.words, strict=True)
        for one, days, numbers, words in every:
            if self.charted is None and days:
                self.charted, self.charted_row = one, self.forecasts.row
            yield from ((self.forecasts, row) for row in _steps(one, days, numbers))
            yield from ((self.models, row) for row in _members(one))
            yield self.confidence, _trust(one)
            yield self.advice, _advice(one, words)

    def end(self) -> None:
        """What is known when all results have come."""
        if total := self.tally.total():
            values = stored([value for _, value, _ in total])
            rows = [(_dated(date), value, count) for (date, _, count), value in zip(total, values, strict=True)]
            self._more("Total", TOTAL, rows)
        if notes := self.details.notes:
            told = [(n.code, n.column, n.detail, n.evidence, n.option, "yes" if n.certain else "no") for n in notes]
            self._more("Notes", NOTES, told)
        places = _summarise(self)
        _draw(self, places)

    def _more(self, name: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        sheet = Sheet(self.book, name, header, self.forecasts.rows)
        fill((sheet, row) for row in rows)


@lru_cache(65_536)
def _dated(text: str) -> datetime | str:
    """A date as Excel's own, from 1900 on; any other text as it is."""
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text
    return found if found.year > 1900 else text


def _steps(one: SeriesForecast, days: list[str], numbers: list[list[float | None]]) -> Iterator[tuple[Any, ...]]:
    end = one.model_selected, round(one.confidence, 4), one.status
    if not days:
        yield (one.name, *[None] * (2 + len(numbers)), *end)
    for step, cells in enumerate(zip(map(_dated, days), *numbers, strict=True), start=1):
        yield (one.name, step, *cells, *end)


def _members(one: SeriesForecast) -> Iterator[tuple[Any, ...]]:
    tested = one.backtest.by_model if one.backtest else {}
    for name, weight in one.weights.items():
        yield one.name, one.model_selected, name, weight, tested.get(name)


def _trust(one: SeriesForecast) -> tuple[Any, ...]:
    test, band = one.backtest, one.expected_error_band or (None, None)
    tested = (short(test.against_naive), test.error, test.naive_error) if test else (None,) * 3
    known = one.pattern, one.status, one.reason, one.lead_model, one.attention, ", ".join(one.flags)
    return (one.name, one.confidence, one.expected_error, *band, *tested, *known)


def _advice(one: SeriesForecast, words: Words) -> tuple[Any, ...]:
    told, stock = (words.recommendation, words.explanation), one.stock
    if stock is None:
        return (one.name, *(None,) * 5, *told, None, None)
    levels = stock.demand, stock.safety_stock, stock.reorder_point, stock.service_level, stock.fill_rate
    return (one.name, *levels, *told, stock.position, stock.order_quantity)


def _summarise(book: _Book) -> dict[str, tuple[int, int]]:
    """Write Summary from the top; the places (first row, last row) of the tables that charts are drawn from."""
    said, tally = texts.language(book.details.language), book.tally
    heading, bold = book.book.add_format({"bold": True, "font_size": 16}), book.forecasts.bold
    percent = book.book.add_format({"num_format": "0.0%"})
    book.summary.set_column(0, 0, 34)
    book.summary.set_column(1, 2, 16)
    written: list[tuple[list[Any], Any]] = [([book.details.title or said.labels["report"]], heading), ([], None)]
    written += [([label, value], style) for label, value, style in _headline(book, said, percent)]
    places: dict[str, tuple[int, int]] = {}
    for key, header, rows in _tables(tally, said):
        written += [([], None), (header, bold)]
        places[key] = len(written), len(written) + len(rows) - 1
        written += [(row, percent if key == "models" else None) for row in rows]
    lines(book.summary, written, book.forecasts.quoted)
    return places


def _headline(book: _Book, said: Language, percent: Any) -> Iterator[tuple[str, Any, Any]]:
    tally, details, label = book.tally, book.details, said.labels
    yield label["series"], tally.series, None
    for key, status in (("succeeded", "ok"), ("fallbacks", "fallback"), ("failures", "failed")):
        yield label[key], tally.status[status], None
    sure, ratio = stored([tally.mean_confidence, tally.against_naive])
    yield label["mean_confidence"], sure, percent
    yield label["against_naive"], ratio, percent
    yield label["horizon"], details.horizon or tally.horizon, None
    if tally.data:
        yield label["data"], " \N{EN DASH} ".join(said.written(map(Day, tally.data))), None
    for key, value in (("preset", details.preset), ("created", details.created_at)):
        if value:
            yield label[key], value, None
    for sheet in (book.forecasts, book.models, book.confidence, book.advice):
        if sheet.count > 1:
            yield sheet.name, f"{sheet.name} … {sheet.name} {sheet.count}", None


def _tables(tally: ReportTally, said: Language) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    label, edges = said.labels, said.written(Share(place / BINS) for place in range(BINS + 1))
    bins = [[f"{edges[i]} \N{EN DASH} {edges[i + 1]}", count] for i, count in enumerate(tally.bins)]
    yield "bins", [label["confidence"], label["series"]], bins
    models = stored(tally.models())
    yield "models", [label["model"], label["chosen"], label["mean_weight"]], models
    ranked = sorted(tally.pattern.items(), key=lambda item: (-item[1], item[0]))
    yield "patterns", [label["pattern"], label["series"]], [[said.names.get(key, key), count] for key, count in ranked]


def _draw(book: _Book, places: dict[str, tuple[int, int]]) -> None:
    """The charts, each beside the cells it is about."""
    said = texts.language(book.details.language)
    trust, models = said.labels["distribution"], said.labels["models"]
    if not book.tally.forecast:
        return
    book.summary.insert_chart("E2", _bars(book, "column", trust, places["bins"], 1, BLUE))
    book.summary.insert_chart("E18", _bars(book, "bar", models, places["models"], 1, ORANGE))
    book.summary.insert_chart("E34", _bars(book, "doughnut", said.labels["patterns"], places["patterns"], 1, None))
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
    chart.set_title({"name": said.labels["against_naive"], "name_font": {"size": 12}})
    chart.set_x_axis({"name": said.labels["confidence"], "min": 0, "max": 1, "num_format": "0%"})
    chart.set_y_axis({"num_format": "0%"})
    return chart


def _fan(book: _Book, one: SeriesForecast, said: Language) -> Any:
    """The first series' forecast within its intervals."""
    first, last = book.charted_row, book.charted_row + len(one.mean) - 1
    chart = book.book.add_chart({"type": "line"})
    category = 2 if one.dates else 1
    for column, name in enumerate(book.forecasts.header[3:-3], start=3):
        line = {"color": BLUE, "width": 2.25} if column == 3 else {"color": GREY, "width": 1, "dash_type": "dash"}
        ranges = {
            "categories": ["Forecasts", first, category, last, category],
            "values": ["Forecasts", first, column, last, column],
        }
        chart.add_series({"name": name, "line": line, **ranges})
    chart.set_title({"name": f"{said.labels['forecast']}: {one.name[:60]}", "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    return chart


PLUGIN = ForecastXlsxExport()
