"""`fanfold schedules`: batches and forecasts that are made again and again."""

from pathlib import Path
from typing import Any

import click

from fanfold_command.columns.schedules import RUNS, SCHEDULE, SCHEDULES
from fanfold_command.completion import BatchId
from fanfold_command.forecast_options import ASKED, READING, SETTINGS, columns_of
from fanfold_command.next_month import UNITS
from fanfold_command.options import Decorator, asked, batch_options, file_argument, with_options
from fanfold_command.portfolios import PORTFOLIO
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

TIMING: tuple[Decorator, ...] = (
    click.option("--cron", metavar="FIELDS", help="'0 6 ? * MON-FRI *': minutes hours day month weekday year."),
    click.option("--rate", metavar="N UNIT", help="'6 hours': minutes, hours or days."),
    click.option(
        "--every", type=(click.IntRange(1, 366), click.Choice(UNITS)), metavar="N UNIT", help=", ".join(UNITS) + "."
    ),
    click.option("--timezone", metavar="NAME", help="Europe/Berlin; UTC unless you say so."),
    click.option("--from", "starts_at", metavar="TIME", help="Not before: 2027-01-04T06:00+01:00."),
    click.option("--until", "ends_at", metavar="TIME", help="Not after."),
)
NAMES = ("cron", "rate", "every", "timezone", "starts_at", "ends_at")
prefix_option = click.option("--prefix", metavar="TEXT", help="Files under it in your inbox: 'sales/{date}/'.")
source_argument = click.argument("file", type=file_argument, required=False)
id_argument = click.argument("id")


@click.group()
def schedules() -> None:
    """Have batches and forecasts made again and again.

    When they are due is said by --cron or --rate, in EventBridge Scheduler's own syntax (1 is Sunday, and one of the
    two fields of days is a ?), or by --every. The first run is never at once.
    """


@schedules.command("list")
@json_option
@pass_session
def list_(session: CliContext, fields: str | None) -> None:
    """List them with their next run and how the last one went."""
    found = session.fanfold.schedules.list()
    show_rows(iter(found), SCHEDULES, fields, "no schedules: `fanfold schedules batch` makes one")


@schedules.command()
@id_argument
@json_option
@pass_session
def show(session: CliContext, id: str, fields: str | None) -> None:
    """Show the schedule ID: when it is due next, and what it starts."""
    show_record(session.fanfold.schedules.get(id), SCHEDULE, fields)


@schedules.command()
@id_argument
@json_option
@pass_session
def runs(session: CliContext, id: str, fields: str | None) -> None:
    """List the last runs of the schedule ID, the newest first."""
    show_rows(iter(session.fanfold.schedules.get(id).runs), RUNS, fields, "it has not run yet")


@schedules.command()
@click.argument("schedule_name", metavar="NAME")
@source_argument
@prefix_option
@with_options(TIMING)
@batch_options
@json_option
@pass_session
def batch(session: CliContext, /, schedule_name: str, file: Path | None, fields: str | None, **given: Any) -> None:
    """Have batches made: of FILE, which is kept with the schedule, or of the files under --prefix.

    \b
        fanfold schedules batch tickets --cron '0 6 ? * MON-FRI *' --timezone Europe/Berlin \\
            --prefix 'tickets/{date}/' --template 'Sort: {text}' --model gpt-5.4-mini
    """
    timing = _timing(given)
    prefix = _prefix(given, file)
    made = session.fanfold.schedules.batch(schedule_name, file, **timing, **prefix, **asked(given))
    show_record(made, SCHEDULE, fields)


@schedules.command()
@click.argument("schedule_name", metavar="NAME")
@source_argument
@prefix_option
@with_options(TIMING)
@with_options(PORTFOLIO)
@with_options(ASKED)
@with_options(SETTINGS)
@with_options(READING)
@json_option
@pass_session
def forecast(session: CliContext, /, schedule_name: str, file: Path | None, fields: str | None, **given: Any) -> None:
    """Have forecasts made: of FILE, which is kept with the schedule, or of the files under --prefix.

    \b
        fanfold schedules forecast sales --every 1 quarters --prefix 'sales/{year}-{month}.csv' --horizon 4
    """
    timing = _timing(given)
    prefix = _prefix(given, file)
    given["columns"] = columns_of(given["columns"])
    config = {name: value for name, value in asked(given).items() if value != {}}
    made = session.fanfold.schedules.forecast(schedule_name, file, **timing, **prefix, **config)
    show_record(made, SCHEDULE, fields)


@schedules.command()
@click.argument("job", type=BatchId())
@with_options(TIMING)
@json_option
@pass_session
def retrain(session: CliContext, /, job: str, fields: str | None, **given: Any) -> None:
    """Have the forecast JOB made anew, with what was observed until then; each time is a new edition."""
    show_record(session.fanfold.schedules.retrain(job, **_timing(given)), SCHEDULE, fields)


@schedules.command()
@id_argument
@click.option("--name", metavar="TEXT", help="What to call it.")
@with_options(TIMING)
@json_option
@pass_session
def change(session: CliContext, /, id: str, name: str | None, fields: str | None, **given: Any) -> None:
    """Change when the schedule ID is due, or its name."""
    show_record(session.fanfold.schedules.change(id, name=name, **_timing(given, needed=False)), SCHEDULE, fields)


@schedules.command()
@id_argument
@json_option
@pass_session
def pause(session: CliContext, id: str, fields: str | None) -> None:
    """Start nothing until it is resumed."""
    show_record(session.fanfold.schedules.pause(id), SCHEDULE, fields)


@schedules.command()
@id_argument
@json_option
@pass_session
def resume(session: CliContext, id: str, fields: str | None) -> None:
    """Go on; what was due meanwhile is not made up for."""
    show_record(session.fanfold.schedules.resume(id), SCHEDULE, fields)


@schedules.command()
@id_argument
@pass_session
def delete(session: CliContext, id: str) -> None:
    """Delete the schedule ID; its jobs stay."""
    session.fanfold.schedules.delete(id)
    click.echo(f"{id} is deleted", err=True)


def _timing(given: dict[str, Any], *, needed: bool = True) -> dict[str, Any]:
    """The API's fields of a timing, taken out of what was given. Raises UsageError."""
    said = {name: value for name in NAMES if (value := given.pop(name)) is not None}
    ways = [name for name in ("cron", "rate", "every") if name in said]
    if len(ways) > 1 or (needed and not ways):
        raise click.UsageError("say one of --cron, --rate and --every")
    for way in {"cron", "rate"} & said.keys():
        said["expression"] = f"{way}({said.pop(way)})"
    if "every" in said:
        said["every"], said["unit"] = said["every"]
    return said


def _prefix(given: dict[str, Any], file: Path | None) -> dict[str, str]:
    prefix = given.pop("prefix")
    if (prefix is None) == (file is None):
        raise click.UsageError("say either FILE or --prefix")
    return {} if prefix is None else {"prefix": prefix}
