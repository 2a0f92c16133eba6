"""What `fanfold forecast fit` does: read, forecast, write, and say what came of it."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from time import monotonic
from typing import Any

import click
from pydantic import BaseModel

from fanfold.errors import Flaw, Refused
from fanfold.forecasting import FitProgress, ForecastSettings, Series, SeriesForecast
from fanfold.forecasting import request as checked
from fanfold.forecasting.exports import Details, export, form, names
from fanfold.forecasting.judged import JudgedSeries
from fanfold.forecasting.parallel import in_order, stream_on
from fanfold.forecasting.portfolio import ForecastRequest, counted
from fanfold.forecasting.readers import SALES, Reading, ReadOptions, read
from fanfold.forecasting.texts import language
from fanfold_command.forecast_options import columns_of
from fanfold_command.options import STDIN
from fanfold_command.printing import Column, show_record, span

SHOWN = 20
"""Flaws and failed series that are named one by one."""
Seen = Callable[[FitProgress], None]


class Summary(BaseModel):
    """What came of a run. `flaws` are lines that were not taken as they are, `problems` the first of those and of \
failed series."""

    out: str
    format: str
    series: int = 0
    succeeded: int = 0
    fallback: int = 0
    failed: int = 0
    flaws: int = 0
    elapsed_seconds: float = 0.0
    confidence: float | None = None
    """The mean over series that have a forecast."""
    models: dict[str, int] = {}
    patterns: dict[str, int] = {}
    notes: list[dict[str, Any]] = []
    """What was decided about the input: code, detail, column, evidence, option, and whether that is certain."""
    problems: list[str] = []


def _field(name: str) -> Callable[[Any], Any]:
    return lambda summary: getattr(summary, name)


def _tally(name: str) -> Callable[[Any], Any]:
    return lambda summary: ", ".join(f"{key} {count}" for key, count in getattr(summary, name).items())


COLUMNS = [
    *(Column(name, _field(name)) for name in ("out", "format", "series", "succeeded", "fallback", "failed", "flaws")),
    Column("elapsed_seconds", _field("elapsed_seconds"), lambda summary: span(summary.elapsed_seconds)),
    Column("confidence", _field("confidence")),
    Column("models", _tally("models")),
    Column("patterns", _tally("patterns")),
]


class Unfit(click.ClickException):
    """The input or an option can't be taken: a line for it and one for each flaw."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail)
        self.flaws = [flaw for flaw in refused.flaws if flaw.detail != refused.detail]

    def show(self, file: Any = None) -> None:
        click.echo(f"fanfold: {self.message}", err=True)
        for flaw in self.flaws[:SHOWN]:
            click.echo(f"fanfold: {said_of(flaw)}", err=True)


def run(options: dict[str, Any]) -> int:
    """Forecast as the command line says; the exit code. Raises Unfit."""
    try:
        asked, reading, details, kind = _asked(options)
        summary = Summary(out=str(options["out"]), format=kind)
        _fit(options, asked, reading, details, summary)
    except Refused as refused:
        raise Unfit(refused) from refused
    for line in (*map(str, reading.notes), *summary.problems):
        click.echo(f"fanfold: {line}", err=True)
    show_record(summary, COLUMNS, options["fields"])
    strict = options["exit_status"] and bool(summary.failed or summary.flaws)
    return int(strict or summary.succeeded == 0)


def _asked(options: dict[str, Any]) -> tuple[ForecastRequest, Reading, Details, str]:
    """Everything that can be wrong with the options, before any work. Raises Invalid."""
    known = {one.name for one in fields(ForecastSettings)}
    chosen = {name: value for name, value in options.items() if name in known and value is not None}
    wanted = (options["horizon"], options["frequency"], options["season"], options["levels"], options["preset"])
    asked = checked(*wanted, settings=chosen)
    ending = options["out"].suffix.removeprefix(".").lower()
    kind = options["format"] or (ending if ending in names() else "csv")
    form(kind)
    language(options["language"])
    given = {one.name for one in fields(ReadOptions)} & options.keys() - {"format", "frequency", "columns"}
    reads = {name: options[name] for name in given if options[name] is not None}
    told = {"format": options["input_format"], "frequency": asked.frequency, "sold": options["preset"] in SALES}
    how = ReadOptions(**told, **reads, columns=columns_of(options["columns"])).checked()
    source = options["input"]
    reading = read(sys.stdin.buffer, "stdin", how) if source == STDIN else read(source, None, how)
    details = Details(
        notes=reading.notes,
        title=options["title"],
        horizon=asked.horizon,
        levels=asked.levels,
        language=options["language"],
        preset=options["preset"],
    )
    return asked, reading, details, kind


def _fit(options: dict[str, Any], asked: ForecastRequest, reading: Reading, details: Details, summary: Summary) -> None:
    """Write the file; it is there only when it is whole."""
    began = monotonic()
    out = options["out"]
    part, judged = out.with_name(f".{out.name}.part"), JudgedSeries(asked.settings.clean_outliers)
    try:
        with _bar() as seen, part.open("wb") as file:
            series = _series(reading, summary)
            # how many there will be is known once all is read, and that is before the first result
            results = counted(
                stream_on(options["workers"] or _cores(), series, asked), lambda: reading.count or 1, seen
            )
            export(summary.format, _noted(in_order(results), summary, judged, reading), file, details)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    summary.notes = [note.record() for note in reading.notes]
    summary.elapsed_seconds = round(monotonic() - began, 3)


def _series(reading: Reading, summary: Summary) -> Iterator[Series]:
    """The series that are read; their flaws are counted."""
    for one in reading:
        if isinstance(one, Series):
            yield one
            continue
        summary.flaws += 1
        if summary.flaws <= SHOWN:
            summary.problems.append(said_of(one))


def _noted(
    results: Iterator[SeriesForecast], summary: Summary, judged: JudgedSeries, reading: Reading
) -> Iterator[SeriesForecast]:
    """The results, added up; what was judged about them is then noted beside what was decided about the file."""
    models, patterns = Counter[str](), Counter[str]()
    sure = 0.0
    for one in results:
        summary.series += 1
        summary.failed += one.status == "failed"
        summary.fallback += one.status == "fallback"
        summary.succeeded += one.status != "failed"
        models[one.lead_model] += 1
        judged.add(one.name, one.flags)
        patterns[one.pattern] += 1
        sure += one.confidence
        if one.status == "failed" and summary.failed <= SHOWN:
            summary.problems.append(f"series {one.name}: {one.reason}")
        yield one
    reading.notes += judged.notes()
    summary.models, summary.patterns = dict(models.most_common()), dict(patterns.most_common())
    summary.confidence = round(sure / summary.succeeded, 4) if summary.succeeded else None


def _cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def said_of(flaw: Flaw) -> str:
    """A flaw as the command tells it."""
    where = [f"{name} {getattr(flaw, name)}" for name in ("line", "field") if getattr(flaw, name) is not None]
    return ": ".join([*where, flaw.detail])


@contextmanager
def _bar() -> Iterator[Seen]:
    """A bar with what is done, the share that has a forecast and the time left; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    words, left = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[left]}", markup=False)
    with Bar(SpinnerColumn(), words, BarColumn(), TimeElapsedColumn(), left, console=Console(stderr=True)) as bar:
        task = bar.add_task("reading", total=None, left="")

        def seen(progress: FitProgress) -> None:
            rate = f"{100 * (progress.success_rate or 0):.0f} % succeeded"
            said = f"{progress.completed:,} of {progress.total:,} series, {rate}"
            remaining = progress.remaining
            left = f"about {span(remaining)} left" if remaining else ""
            bar.update(task, description=said, completed=progress.completed, total=progress.total, left=left)

        yield seen
