"""`fanfold forecast actuals`, `observe`, `observations`, `schedule`, `editions`: a forecast in use."""

from pathlib import Path
from typing import Any

import click

from fanfold_client import Forecast
from fanfold_command.columns.forecasts import COMPARED_STEPS, EDITIONS, FORECAST, NOTED, OBSERVATION_POSTS
from fanfold_command.completion import BatchId
from fanfold_command.forecast_options import READING, columns_of
from fanfold_command.options import Decorator, file_argument, with_options
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

UNITS = ("hours", "days", "weeks", "months", "quarters")
EVERY = (click.IntRange(1, 366), click.Choice(UNITS))
job_argument = click.argument("job", type=BatchId())
TAKING: tuple[Decorator, ...] = (
    click.option("--frequency", metavar="NAME", help="Y, Q, M, W, D, H, …; else JOB's."),
    click.option("--input-format", metavar="NAME", help="csv, xlsx, parquet, json, zip; else FILE tells."),
    click.option("--new-series", is_flag=True, help="Let names that JOB does not have begin new series."),
    click.option("--since", metavar="DATE", help="Leave out what is before."),
    click.option("--dry-run", is_flag=True, help="Check and compare, but keep nothing."),
)


@click.command()
@job_argument
@click.argument("file", type=file_argument)
@with_options(TAKING)
@with_options(READING)
@json_option
@pass_session
def actuals(session: CliContext, /, job: str, file: Path, **options: Any) -> None:
    """Compare what came, in FILE, with what JOB forecast, and keep it for the next edition. - is stdin.

    FILE is any that `fit` reads, and is read as JOB's was unless you say otherwise: a row for each date with forecast,
    actual, error, whether it is outside of the widest interval, whether to refit the series, and why. Names that JOB
    does not have are refused before anything is kept. The same FILE twice is there once.

    \b
        fanfold forecast actuals f7… march.xlsx
        fanfold forecast actuals f7… all-sales.csv --since 2026-03-01 --dry-run
    """
    from fanfold_command.comparing import compare

    options["columns"] = columns_of(options["columns"])
    fields = options.pop("fields")
    show_rows(compare(session, job, file, options), COMPARED_STEPS, fields, "JOB has no step for any of the dates")


@click.command()
@job_argument
@click.argument("file", type=file_argument)
@with_options(TAKING)
@with_options(READING)
@json_option
@pass_session
def observe(session: CliContext, /, job: str, file: Path, **options: Any) -> None:
    """Keep the values in FILE for JOB's next edition (`retrain`, `schedule`). - is stdin.

    FILE is any that `fit` reads, and is read as JOB's was unless you say otherwise. A date that a series has gets the
    new value, others are added. Names that JOB does not have are refused before anything is kept.
    """
    from fanfold_command.comparing import keep

    options["columns"] = columns_of(options["columns"])
    fields = options.pop("fields")
    show_record(keep(session, job, file, options), NOTED, fields)


@click.command()
@job_argument
@click.option("--delete", "posts", multiple=True, metavar="POST", help="Take this one back; can be repeated.")
@json_option
@pass_session
def observations(session: CliContext, job: str, posts: tuple[str, ...], fields: str | None) -> None:
    """List what JOB's next edition will use beside its file, post by post, the newest first; or take posts back."""
    for post in posts:
        taken = session.fanfold.forecasts.delete_observations(job, post)
        click.echo(f"fanfold: {taken.observations:,} observations of {post} are taken back", err=True)
    found = session.fanfold.forecasts.observations(job)
    show_rows(found.posts, OBSERVATION_POSTS, fields, "there are no observations: `fanfold forecast observe` adds some")
    if len(found.posts) < found.total:
        click.echo(f"fanfold: {found.total - len(found.posts):,} older posts are not shown", err=True)


@click.command()
@job_argument
@click.option(
    "--every",
    type=EVERY,
    metavar="N UNIT",
    help="hours, days, weeks, months or quarters.",
)
@click.option("--off", is_flag=True, help="Forecast it no more by itself.")
@json_option
@pass_session
def schedule(session: CliContext, job: str, every: tuple[int, str] | None, off: bool, fields: str | None) -> None:
    """Have JOB forecast anew by itself, with what was observed until then; each time is a new edition.

    Months (1, 2, 3, 4, 6 or 12) are counted from this one, on this day of the month, at most the 28th.
    `fanfold schedules` shows when it is due next; `fanfold schedules retrain` takes cron expressions too.

    \b
        fanfold forecast schedule f7… --every 1 months
        fanfold forecast schedule f7… --off
    """
    if off == (every is not None):
        raise click.UsageError("say --every N UNIT, as in --every 1 months, or --off")
    forecasts = session.fanfold.forecasts
    show_record(forecasts.schedule(job, *every) if every else forecasts.end_schedule(job), FORECAST, fields)


@click.command()
@job_argument
@click.option("--show", metavar="EDITION", help="Let its results be shown under JOB: back to an earlier one, or forth.")
@json_option
@pass_session
def editions(session: CliContext, job: str, show: str | None, fields: str | None) -> None:
    """List the editions of JOB, the first one first, and which of them is shown."""
    forecasts = session.fanfold.forecasts
    found = forecasts.get(job)
    first = forecasts.get(found.edition_of) if found.edition_of else found
    if show is not None:
        first = forecasts.show_edition(first.id, show)
    every = [first, *(forecasts.get(each) for each in first.editions)]
    show_rows((_marked(each, first) for each in every), EDITIONS, fields, "")


def _marked(edition: Forecast, first: Forecast) -> Forecast:
    """The edition, and whether it is the one shown."""
    return edition.model_copy(update={"shown": edition.id == (first.current or first.id)})


COMMANDS = (actuals, observe, observations, schedule, editions)
