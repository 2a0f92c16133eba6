"""`fanfold batch list`, `status`, `watch`, `results`, `responses`, `requests`, `request`, `errors`, `rejected`."""

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click

from fanfold_client import OVER, Batch, NotFound
from fanfold_client.answers import Answer
from fanfold_client.results import Row
from fanfold_command.columns.batches import BATCHES, KINDS, RECORD, REJECTED, REQUESTS, RESPONSES
from fanfold_command.completion import BatchId
from fanfold_command.options import Decorator, with_options
from fanfold_command.printing import as_json, check_fields, json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.waiting import FORMATS, ResultsFile, ending, fetch, follow, output_option, status_option
from fanfold_command.watching import ended_badly

STATES = ("draft", "accepted", "planning", "running", "paused", "cancelling", *sorted(OVER))
STATUSES = ("pending", "succeeded", "failed", "expired", "cancelled")

job_argument = click.argument("job", type=BatchId())
limit_options: tuple[Decorator, ...] = (
    click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Show this many."),
    click.option("--all", "everything", is_flag=True, help="Show all, whatever the limit."),
)
filter_options: tuple[Decorator, ...] = (
    click.option("--state", type=click.Choice(STATES), help="Only those in this state."),
    click.option("--tag", metavar="TEXT", help="Only those with this tag."),
    click.option("--name", metavar="TEXT", help="Only those with this in their name."),
    click.option("--has-failures", is_flag=True, default=None, help="Only those with failures."),
    *limit_options,
)
row_options: tuple[Decorator, ...] = (
    click.option("--status", type=click.Choice(STATUSES), help="Only these."),
    click.option("--search", metavar="TEXT", help="Only those with this in their custom_id."),
    *limit_options,
)


@click.command("list")
@with_options(filter_options)
@json_option
@pass_session
def list_batches(session: CliContext, /, limit: int, everything: bool, fields: str | None, **wanted: Any) -> None:
    """List batches, the newest first."""
    matching = any(wanted.values())
    none = "no batch matches" if matching else "there are no batches yet: `fanfold batch submit` makes one"
    show_rows(few(session.fanfold.batches.list(**wanted), limit, everything), BATCHES, fields, none)


@click.command()
@job_argument
@status_option
@json_option
@pass_session
def status(session: CliContext, job: str, exit_status: bool, fields: str | None) -> int:
    """Show how JOB is now."""
    batch = session.fanfold.batches.get(job)
    show_record(batch, RECORD, fields)
    return int(exit_status and ended_badly(batch, strict=True))


@click.command()
@job_argument
@status_option
@output_option
@json_option
@pass_session
def watch(session: CliContext, job: str, exit_status: bool, output: Path | None, fields: str | None) -> int:
    """Wait until JOB is over, with a bar on a terminal; also for one that has not started.

    Ctrl-C ends the waiting, not the batch.
    """
    check_fields(fields, Batch)
    return follow(session, session.fanfold.batches.get(job), fields, wait=True, strict=exit_status, output=output)


@click.command()
@job_argument
@click.option("--format", type=click.Choice(FORMATS), help="Otherwise what --output's name ends in, or jsonl.")
@click.option("-o", "--output", type=ResultsFile(any_name=True), help="Save them here, not on stdout; also .gz.")
@pass_session
def results(session: CliContext, job: str, format: str | None, output: Path | None) -> None:
    """Get all results of JOB, in the order of its input.

    A download that broke goes on where it stopped when the command is repeated; the file is there when it is whole.
    """
    if output is not None:
        if format is None and ending(output) not in ("", *FORMATS):
            raise click.UsageError(f"{output.name} tells no form: give --format, or end it in .jsonl, .csv or .parquet")
        fetch(session, job, output, format)
        return
    if format == "parquet" and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for terminals: use --output")
    out = sys.stdout.buffer
    for piece in session.fanfold.batches.pieces(job, format or FORMATS[0]):
        out.write(piece)
    out.flush()


@click.command()
@job_argument
@with_options(row_options)
@json_option
@pass_session
def responses(
    session: CliContext,
    job: str,
    status: str | None,
    search: str | None,
    limit: int,
    everything: bool,
    fields: str | None,
) -> None:
    """List the answers that JOB has so far."""
    found = session.fanfold.batches.responses(job, status, search)
    show_rows(few(found, limit, everything), RESPONSES, fields, "no response matches")


@click.command()
@job_argument
@with_options(row_options)
@json_option
@pass_session
def requests(
    session: CliContext,
    job: str,
    status: str | None,
    search: str | None,
    limit: int,
    everything: bool,
    fields: str | None,
) -> None:
    """List the requests of JOB and what became of each."""
    found = session.fanfold.batches.requests(job, status, search)
    show_rows(few(found, limit, everything), REQUESTS, fields, "no request matches")


@click.command()
@job_argument
@click.argument("custom_id")
@pass_session
def request(session: CliContext, job: str, custom_id: str) -> None:
    """Show one request of JOB and its result, as JSON."""
    found = session.fanfold.batches.request(job, custom_id)
    click.echo(as_json(found))


@click.command()
@job_argument
@json_option
@pass_session
def errors(session: CliContext, job: str, fields: str | None) -> None:
    """Show what went wrong in JOB, by kind, the most frequent first."""
    found = session.fanfold.batches.errors(job)
    kinds = sorted(found.errors, key=lambda kind: -kind.count)
    show_rows(kinds, KINDS, fields, "no request has failed")
    if found.rejected:
        said = f"lines that were not taken: {found.rejected:,}; `fanfold batch rejected {job}` lists them"
        click.echo(f"fanfold: {said}", err=True)


@click.command()
@job_argument
@json_option
@pass_session
def rejected(session: CliContext, job: str, fields: str | None) -> None:
    """List the lines of JOB's input that were not taken, and why."""
    batches = session.fanfold.batches
    show_rows(flaws(batches.rejected, batches.get, job), REJECTED, fields, "every line was taken")


def flaws(rejected: Callable[[str], Iterator[Row]], get: Callable[[str], object], job: str) -> Iterator[Answer]:
    """The lines of a job that were not taken. Raises FanfoldError."""
    try:
        yield from (Answer.model_validate(line) for line in rejected(job))
    except NotFound:
        get(job)  # it is the job that is not there, or there is nothing to list


def few(found: Iterator[Any], limit: int, everything: bool) -> Iterator[Any]:
    """The first of them, or all."""
    return found if everything else islice(found, limit)


COMMANDS = (list_batches, status, watch, results, responses, requests, request, errors, rejected)
