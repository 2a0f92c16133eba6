"""`fanfold forecast submit`, `status`, `export` and the rest of what the service does with a portfolio."""

import sys
from pathlib import Path
from typing import Any

import click

from fanfold_client import Forecast
from fanfold_client.models import ForecastReceipt
from fanfold_command.columns.batches import RECEIPT, REJECTED
from fanfold_command.columns.forecasts import FORECAST, FORECASTS, SERIES
from fanfold_command.completion import BatchId
from fanfold_command.forecast_options import ASKED, HORIZON, READING, SETTINGS, NumberList, columns_of
from fanfold_command.looking import few, filter_options, flaws, limit_options
from fanfold_command.making import say_if_known
from fanfold_command.options import Decorator, asked, file_argument, readable, with_options
from fanfold_command.printing import as_json, json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.steering import confirmed, jobs_argument, yes_option
from fanfold_command.waiting import status_option, wait_options
from fanfold_command.watching import bytes_bar, ended_badly, wait_for_forecast

FORMATS = ("csv", "erp", "html", "json", "parquet", "xlsx")
READ = ("csv", "tsv", "txt", "json", "jsonl", "parquet", "xlsx", "zip")
SORTS = ("name", "-name", "confidence", "-confidence", "error", "-error")

job_argument = click.argument("job", type=BatchId())
PORTFOLIO: tuple[Decorator, ...] = (
    click.option("--horizon", type=click.IntRange(1, 1000), help=f"Steps to look ahead; {HORIZON} unless you say so."),
    click.option("--levels", type=NumberList(), metavar="N,N", help="Intervals, in %; 80,95 unless you say so."),
    click.option("--language", metavar="NAME", help="Of explanations and reports: en, es, fr, it, zh."),
    click.option("--title", metavar="TEXT", help="Of reports; else the name."),
    click.option(
        "--parallel-chunks",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="Chunks of series fitted at a time; else as many as the deployment fits.",
    ),
    click.option("--max-series", type=click.IntRange(1), metavar="N", help="Refuse a portfolio of more."),
    click.option("--max-cost-usd", type=float, metavar="USD", help="Refuse a portfolio that costs more."),
    click.option("--callback", "callbacks", metavar="URL", help="Called when it has ended, as webhooks are."),
    click.option("--name", metavar="TEXT", help="What to call it."),
    click.option("--metadata", multiple=True, metavar="NAME=VALUE", help="A fact of yours; can be repeated."),
    click.option("--tag", "tags", multiple=True, metavar="TEXT", help="A tag; can be repeated."),
    click.option("--set", "others", multiple=True, metavar="FIELD=JSON", help="Any other field of the API."),
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Wait, then save the results here: .csv, .xlsx, .json, .html or .parquet.",
)


@click.command()
@click.argument("file", type=file_argument)
@with_options(PORTFOLIO)
@with_options(ASKED)
@with_options(SETTINGS)
@with_options(READING)
@click.option("--input-format", type=click.Choice(READ), help="What FILE holds, if its name does not tell.")
@click.option("--new", is_flag=True, help="A forecast of its own, even if the same was submitted before.")
@wait_options
@output_option
@json_option
@pass_session
def submit(session: CliContext, /, file: Path, input_format: str | None, new: bool, **options: Any) -> int:
    """Have the service forecast FILE. - is stdin.

    FILE is CSV, Excel, Parquet, JSON or a zip of such files, and read as by `fit`; what was decided about it is said at
    the end, and by `status`. The same FILE with the same options is the
    same forecast, so a submit that broke can simply be repeated; --new makes another one.

    \b
        fanfold forecast submit sales.csv --horizon 12 --wait
        fanfold forecast submit parts.xlsx --preset spare_parts -o report.html
    """
    follows = {name: options.pop(name) for name in ("wait", "exit_status", "output", "fields")}
    options["columns"] = columns_of(options["columns"]) or None
    kind = input_format or ("csv" if str(file) == "-" else None)
    with readable(file, kind) as (path, name), bytes_bar(f"sending {file}") as seen:
        remember = None if new else session.uploads
        made = session.fanfold.forecasts.create(path, filename=name, remember=remember, seen=seen, **asked(options))
    say_if_known(made)
    return _follow(session, made, **follows)


@click.command("list")
@with_options(filter_options)
@json_option
@pass_session
def list_forecasts(session: CliContext, /, limit: int, everything: bool, fields: str | None, **wanted: Any) -> None:
    """List forecasts, the newest first."""
    matching = any(wanted.values())
    none = "no forecast matches" if matching else "there are no forecasts yet: `fanfold forecast submit` makes one"
    show_rows(few(session.fanfold.forecasts.list(**wanted), limit, everything), FORECASTS, fields, none)


@click.command()
@job_argument
@status_option
@json_option
@pass_session
def status(session: CliContext, job: str, exit_status: bool, fields: str | None) -> int:
    """Show how JOB is now."""
    found = session.fanfold.forecasts.get(job)
    _show(found, fields)
    return int(exit_status and ended_badly(found, strict=True))


@click.command()
@job_argument
@status_option
@output_option
@json_option
@pass_session
def watch(session: CliContext, job: str, exit_status: bool, output: Path | None, fields: str | None) -> int:
    """Wait until JOB is over, with a bar on a terminal. Ctrl-C ends the waiting, not the forecast."""
    found = session.fanfold.forecasts.get(job)
    return _follow(session, found, wait=True, exit_status=exit_status, output=output, fields=fields)


@click.command()
@job_argument
@click.option("--sort", type=click.Choice(SORTS), default="name", show_default=True, help="- turns it round.")
@click.option("--model", metavar="NAME", help="Only those with this model.")
@click.option("--pattern", metavar="NAME", help="Only those of this pattern: smooth, lumpy, …")
@click.option("--status", type=click.Choice(("ok", "fallback", "failed")), help="Only these.")
@click.option("--search", metavar="TEXT", help="Only those with this in their name.")
@with_options(limit_options)
@json_option
@pass_session
def series(session: CliContext, /, job: str, limit: int, everything: bool, fields: str | None, **wanted: Any) -> None:
    """List the series of JOB, also while it runs."""
    found = session.fanfold.forecasts.series(job, **wanted)
    show_rows(few(found, limit, everything), SERIES, fields, "no series matches")


@click.command()
@job_argument
@click.argument("name")
@click.option("--language", metavar="NAME", help="Of the explanation.")
@pass_session
def show(session: CliContext, job: str, name: str, language: str | None) -> None:
    """Show one series of JOB, as JSON: history, forecast, intervals, explanation, stock advice."""
    found = session.fanfold.forecasts.one(job, name, language)
    click.echo(as_json(found))


@click.command()
@job_argument
@click.option("--format", type=click.Choice(FORMATS), help="Else what --output's name ends in, or csv.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Save it here, not on stdout.")
@pass_session
def export(session: CliContext, job: str, format: str | None, output: Path | None) -> None:
    """Get the results of JOB as one file."""
    if output is not None:
        _fetch(session, job, output, format)
        return
    if format in ("parquet", "xlsx") and sys.stdout.isatty():
        raise click.UsageError(f"{format} is not for terminals: use --output")
    for piece in session.fanfold.forecasts.pieces(job, format or FORMATS[0]):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


@click.command()
@jobs_argument
@json_option
@pass_session
def cancel(session: CliContext, jobs: tuple[str, ...], fields: str | None) -> None:
    """End each JOB early. What is fitted is kept; `retry` can go on with the rest."""
    show_rows((session.fanfold.forecasts.cancel(job) for job in jobs), RECEIPT, fields, "")


@click.command()
@job_argument
@wait_options
@output_option
@json_option
@pass_session
def retry(session: CliContext, /, job: str, **follows: Any) -> int:
    """Fit again what failed in JOB, and only that."""
    return _follow(session, session.fanfold.forecasts.retry(job), **follows)


@click.command()
@job_argument
@wait_options
@output_option
@json_option
@pass_session
def retrain(session: CliContext, /, job: str, **follows: Any) -> int:
    """Forecast JOB anew, with what was observed since: a new edition of it."""
    return _follow(session, session.fanfold.forecasts.retrain(job), **follows)


@click.command()
@jobs_argument
@yes_option
@json_option
@pass_session
def delete(session: CliContext, jobs: tuple[str, ...], yes: bool, fields: str | None) -> None:
    """Forget each JOB with its editions and results."""
    confirmed(jobs, yes)
    show_rows((session.fanfold.forecasts.delete(job) for job in jobs), RECEIPT, fields, "")


def _follow(
    session: CliContext,
    begun: ForecastReceipt | Forecast,
    *,
    wait: bool,
    exit_status: bool,
    output: Path | None,
    fields: str | None,
) -> int:
    """The exit code, after showing the receipt, or the forecast at its end."""
    if not wait and output is None:
        show_record(begun, RECEIPT, fields)
        return 0
    found = wait_for_forecast(session, begun.id)
    _show(found, fields)
    if output is not None and found.state != "failed":
        _fetch(session, found.id, output, None)
    return int(ended_badly(found, exit_status))


def _show(found: Forecast, fields: str | None) -> None:
    """The forecast, and on stderr what was decided about its file."""
    for note in found.notes:
        click.echo(f"fanfold: {note}", err=True)
    show_record(found, FORECAST, fields)


def _fetch(session: CliContext, id: str, file: Path, format: str | None) -> None:
    """Save the results, in the form that the file's name tells unless one is given."""
    ending = file.suffix.removeprefix(".").lower()
    with bytes_bar(f"fetching {file}") as seen:
        session.fanfold.forecasts.export(id, format or (ending if ending in FORMATS else FORMATS[0]), file, seen)
    click.echo(f"fanfold: the results are in {file}, after {session.elapsed}", err=True)


@click.command()
@job_argument
@json_option
@pass_session
def rejected(session: CliContext, job: str, fields: str | None) -> None:
    """List the lines and rows of JOB's input that were not taken, and why."""
    forecasts = session.fanfold.forecasts
    show_rows(flaws(forecasts.rejected, forecasts.get, job), REJECTED, fields, "every line was taken")


COMMANDS = (submit, list_forecasts, status, watch, series, show, rejected, export, cancel, retry, retrain, delete)
