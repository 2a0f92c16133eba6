"""What `fanfold forecast actuals` and `observe` do: read a file as `fit` does, and send it as observations."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
from pydantic import BaseModel

from fanfold.errors import Flaw, Refused
from fanfold.forecasting import Series
from fanfold.forecasting.frequency import spelled
from fanfold.forecasting.readers import SALES, ReadOptions, day_of, read
from fanfold_client import Forecast
from fanfold_client.calls import dumped
from fanfold_client.models import Comparison
from fanfold_command.fitting import SHOWN, Unfit, said_of
from fanfold_command.options import readable
from fanfold_command.session import CliContext

PORTION = 20_000
"""Observations sent at once."""
MOST_SERIES = 500
"""Series compared at once."""
Observations = list[dict[str, Any]]


class Taken(BaseModel):
    """What was kept: the ids of the posts, their observations, and all that the next edition will use."""

    posts: list[str] = []
    series: int = 0
    observations: int = 0
    kept: int = 0


class SeriesStep(BaseModel):
    """An actual against its forecast, and the verdict on its series."""

    series: str
    date: str | int | None
    step: int
    forecast: float
    actual: float
    error: float
    low: float | None
    high: float | None
    outside: bool | None
    refit: bool
    why: str


def compare(session: CliContext, job: str, file: Path, options: dict[str, Any]) -> Iterator[SeriesStep]:
    """Each actual against its forecast; what stands for all of them on stderr. Raises Unfit, FanfoldError."""
    flags, found = _asked(session, job, file, options)
    forecasts = session.fanfold.forecasts
    portions = list(_portions(found, MOST_SERIES))
    if len(portions) > 1:
        _check(session, job, found, flags)
    reports = [forecasts.compare(job, each, _key(job, each), **flags) for each in portions]
    _say(reports, flags)
    for report in reports:
        for one in report.series:
            verdict = {"series": one.series, "refit": one.refit, "why": one.why}
            yield from (SeriesStep(**step.model_dump(), **verdict) for step in one.steps)


def keep(session: CliContext, job: str, file: Path, options: dict[str, Any]) -> Taken:
    """Keep the file's values for the next edition. Raises Unfit, FanfoldError."""
    flags, found = _asked(session, job, file, options)
    portions = list(_portions(found, PORTION))
    if len(portions) > 1:
        _check(session, job, found, flags)
    taken = Taken(series=len(found))
    for each in portions:
        noted = session.fanfold.forecasts.observe(job, each, _key(job, each), **flags)
        taken.posts += [noted.post] if noted.post else []
        taken.observations, taken.kept = taken.observations + noted.observations, noted.kept
    return taken


def _check(session: CliContext, job: str, found: list[Observations], flags: dict[str, bool]) -> None:
    """Refuse what would be refused of any portion before the first one is kept. Raises FanfoldError."""
    firsts = iter([series[0] for series in found])
    while names := list(islice(firsts, PORTION)):
        session.fanfold.forecasts.observe(job, names, None, new_series=flags["new_series"], dry_run=True)


def _asked(
    session: CliContext, job: str, file: Path, options: dict[str, Any]
) -> tuple[dict[str, bool], list[Observations]]:
    """Flags of the call, and for each series its observations; what was decided about the file on stderr."""
    flags = {name: options.pop(name) for name in ("new_series", "dry_run")}
    since, kind = options.pop("since"), options.pop("input_format")
    found = session.fanfold.forecasts.get(job)
    try:
        first = np.datetime64(day_of(since, "since"), "s") if since else None
        with readable(file, kind or ("csv" if str(file) == "-" else None)) as (path, name):
            series = [_observations(one, first) for one in _read(path, name, _how(found, options, kind))]
    except Refused as refused:
        raise Unfit(refused) from refused
    series = [each for each in series if each]
    if not series:
        raise click.ClickException(f"{file} has no value{f' since {since}' if since else ''}")
    return flags, series


def _how(job: Forecast, options: dict[str, Any], kind: str | None) -> ReadOptions:
    """How to read: as the job's file was read, unless the command says otherwise. Raises Invalid."""
    known = {one.name for one in fields(ReadOptions)} - {"format", "frequency", "sold", "end"}
    config = {name: value for name, value in job.config.model_dump().items() if name in known and value is not None}
    given = {name: value for name, value in options.items() if name in known | {"end"} and value not in (None, {})}
    config = _decided(job) | config
    frequency = options["frequency"] or job.config.frequency
    sold = job.config.preset in SALES
    return ReadOptions(**{**config, **given, "format": kind, "frequency": spelled(frequency), "sold": sold}).checked()


def _decided(job: Forecast) -> dict[str, Any]:
    """What the job's file showed and a month alone may not: the order of day and month, and the decimal mark."""
    said = {note.code: note.detail for note in job.notes}
    order, mark = said.get("day_first", ""), said.get("decimal_mark", "")
    marks = [sign for sign, name in ((",", "decimal comma"), (".", "decimal point")) if name in mark]
    found = {"day_first": order.endswith("day first")} if order else {}
    return found | ({"decimal": marks[0]} if marks else {})


def _read(path: Path, name: str, how: ReadOptions) -> Iterator[Series]:
    """The series of the file; notes and flaws go to stderr."""
    flaws = 0
    with path.open("rb") as file:
        reading = read(file, name, how)
        for one in reading:
            if isinstance(one, Flaw):
                flaws += 1
                if flaws <= SHOWN:
                    click.echo(f"fanfold: {said_of(one)}", err=True)
            else:
                yield one
    for note in reading.notes:
        click.echo(f"fanfold: {note}", err=True)
    if flaws > SHOWN:
        click.echo(f"fanfold: {flaws - SHOWN:,} more lines were not taken", err=True)


def _observations(one: Series, since: "np.datetime64 | None") -> Observations:
    """The values of a series that are there, from that day on."""
    values = np.asarray(one.values, dtype=float)
    if one.dates is None:
        return [{"series": one.name, "value": value} for value in values[np.isfinite(values)].tolist()]
    dates = np.asarray(one.dates)
    kept = np.isfinite(values)
    if since is not None and dates.dtype.kind == "M":
        kept &= dates >= since
    written = (_written(date) for date in dates[kept])
    return [
        {"series": one.name, "date": date, "value": value}
        for date, value in zip(written, values[kept].tolist(), strict=True)
    ]


def _written(date: Any) -> str | int:
    if not isinstance(date, np.datetime64):
        return int(date)
    return str(date.astype("datetime64[s]")).removesuffix("T00:00:00")


def _portions(found: Iterable[Observations], most_series: int) -> Iterator[Observations]:
    """Whole series together, as many as one call takes; a series that is longer in parts."""
    waiting: Observations = []
    count = 0
    for series in found:
        if waiting and (count == most_series or len(waiting) + len(series) > PORTION):
            yield waiting
            waiting, count = [], 0
        while len(series) > PORTION:
            yield series[:PORTION]
            series = series[PORTION:]
        waiting, count = waiting + series, count + 1
    if waiting:
        yield waiting


def _key(job: str, observations: Observations) -> str:
    """The same observations are the same post."""
    return blake2b(job.encode() + dumped(observations), digest_size=16).hexdigest()


def _say(reports: list[Comparison], flags: dict[str, bool]) -> None:
    """What stands for all series."""
    series = [one for report in reports for one in report.series]
    compared = sum(one.compared for one in series)
    outside = sum(one.outside for one in series)
    refit = sum(one.refit for one in series)
    level = reports[0].level
    said = f"{compared:,} values of {len(series):,} series compared, {outside:,} outside of the {level} % interval"
    kept = "nothing is kept (--dry-run)" if flags["dry_run"] else "kept for the next edition"
    click.echo(f"fanfold: {said}; {refit:,} series to refit; {kept}", err=True)
    if unknown := [name for report in reports for name in report.unknown]:
        more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
        shown = ", ".join(unknown[:SHOWN])
        click.echo(f"fanfold: nothing to compare with, new or without a step for the dates: {shown}{more}", err=True)
