"""`fanfold batch cancel`, `pause`, `resume`, `retry`, `edit`, `delete`: changing what is there."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from fanfold_client import Batch
from fanfold_command.columns.batches import RECEIPT, RECORD
from fanfold_command.completion import BatchId
from fanfold_command.options import asked, batch_options
from fanfold_command.printing import check_fields, json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.waiting import follow, output_option, wait_options

yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
jobs_argument = click.argument("jobs", type=BatchId(), nargs=-1, required=True, metavar="JOB...")


@click.command()
@jobs_argument
@json_option
@pass_session
def cancel(session: CliContext, jobs: tuple[str, ...], fields: str | None) -> None:
    """End each JOB early. What has an answer keeps it; `retry` can go on with the rest."""
    _show((session.fanfold.batches.cancel(job) for job in jobs), fields)


@click.command()
@jobs_argument
@json_option
@pass_session
def pause(session: CliContext, jobs: tuple[str, ...], fields: str | None) -> None:
    """Submit nothing more of each JOB. What is at the provider goes on there."""
    _show((session.fanfold.batches.pause(job) for job in jobs), fields)


@click.command()
@jobs_argument
@json_option
@pass_session
def resume(session: CliContext, jobs: tuple[str, ...], fields: str | None) -> None:
    """Go on with each paused JOB."""
    _show((session.fanfold.batches.resume(job) for job in jobs), fields)


@click.command()
@click.argument("job", type=BatchId())
@click.option(
    "--what",
    type=click.Choice(["failed", "truncated", "empty", "filtered"]),
    multiple=True,
    help="Which requests; can be given again. Otherwise those that failed.",
)
@click.option("--max-tokens", type=click.IntRange(min=1), help="Output tokens that they may have, instead of before.")
@wait_options
@output_option
@json_option
@pass_session
def retry(
    session: CliContext,
    job: str,
    what: tuple[str, ...],
    max_tokens: int | None,
    wait: bool,
    exit_status: bool,
    output: Path | None,
    fields: str | None,
) -> int:
    """Try again what failed, expired or was cancelled in JOB, and only that.

    With --what also answers that were cut at a token limit, hold no text, or were declined.
    Each keeps its limit of output tokens, unless --max-tokens sets another for this retry.
    """
    check_fields(fields, Batch)
    batch = session.fanfold.batches.retry(job, what, max_tokens)
    for note in batch.notes:
        click.echo(note, err=True)
    return follow(session, batch, fields, wait=wait or output is not None, strict=exit_status, output=output)


@click.command()
@click.argument("job", type=BatchId())
@batch_options
@json_option
@pass_session
def edit(session: CliContext, /, job: str, fields: str | None, **options: Any) -> None:
    """Change JOB's name, description, metadata, tags or budget; in a draft the other options too."""
    check_fields(fields, Batch)
    news = asked(options)
    if not news:
        raise click.UsageError("say what to change: --name, --description, --metadata, --tag …")
    show_record(session.fanfold.batches.edit(job, **news), RECORD, fields)


@click.command()
@jobs_argument
@yes_option
@json_option
@pass_session
def delete(session: CliContext, jobs: tuple[str, ...], yes: bool, fields: str | None) -> None:
    """Forget each JOB: its requests, its results, and its files at the provider."""
    check_fields(fields, Batch)
    confirmed(jobs, yes)
    _show((session.fanfold.batches.delete(job) for job in jobs), fields)


def confirmed(jobs: tuple[str, ...], yes: bool) -> None:
    """Ask before jobs are deleted. Raises UsageError where nobody can answer, Abort for no."""
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("deleting can't be undone: add --yes")
        click.confirm(f"Delete {', '.join(jobs)} with all results?", abort=True, err=True)


def _show(batches: Iterator[Batch], fields: str | None) -> None:
    check_fields(fields, Batch)
    show_rows(batches, RECEIPT, fields, "")


COMMANDS = (cancel, pause, resume, retry, edit, delete)
