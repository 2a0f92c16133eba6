"""`fanfold batch try` and `go`: a sample of a file first, then the rest."""

import sys
from pathlib import Path
from typing import Any

import click

from fanfold_client import Batch
from fanfold_client.models import BatchReceipt, Pilot
from fanfold_command.columns.batches import SAMPLED, TRIES
from fanfold_command.completion import BatchId
from fanfold_command.making import checked, format_option, say
from fanfold_command.options import DOLLARS, asked, batch_options, file_argument, readable
from fanfold_command.printing import check_fields, json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.waiting import follow, output_option, wait_options
from fanfold_command.watching import bytes_bar
from fanfold_command.watching import wait as wait_for


@click.command("try")
@click.argument("file", type=file_argument)
@batch_options
@format_option
@click.option("--rows", type=click.IntRange(1, 1000), default=20, show_default=True, help="Requests of the sample.")
@click.option("--spend", type=DOLLARS, default=1.0, show_default=True, metavar="USD", help="What the sample may cost.")
@json_option
@pass_session
def try_out(
    session: CliContext,
    /,
    file: Path,
    input_format: str | None,
    rows: int,
    spend: float,
    fields: str | None,
    **options: Any,
) -> None:
    """Ask a sample of FILE's requests at once, show the answers, and what all of FILE will cost by them.

    `fanfold batch go` then does the rest, with the same options; what the sample was answered is not asked again.
    """
    check_fields(fields, Pilot)
    given = asked(options) | {"sample": {"rows": rows, "budget_usd": spend}}
    with readable(file, input_format) as (path, name), bytes_bar(f"sending {file}") as seen:
        checked(path, name, given)
        begun = session.fanfold.batches.create(path, filename=name, seen=seen, **given)
    batch = wait_for(session, begun.id)
    found = session.fanfold.batches.pilot(begun.id)
    if fields is not None:
        show_record(found, [], fields)
        return
    _show(found, batch)


def _show(found: Pilot, batch: Batch) -> None:
    show_rows(found.tries, TRIES, None, batch.error or "no request was answered")
    if sys.stdout.isatty():
        click.echo()
        show_rows(found.lanes.items(), SAMPLED, None, "")
    say(batch.notes)
    told = f"{found.rows:,} of {found.requests:,} requests, for {found.spent_usd:.3g} USD"
    rest = "makes a batch of the file" if found.rows >= found.requests else "does the rest"
    say([f"{told}; `fanfold batch go {found.id}` {rest}"])


@click.command()
@click.argument("job", type=BatchId())
@batch_options
@wait_options
@output_option
@json_option
@pass_session
def go(
    session: CliContext,
    /,
    job: str,
    wait: bool,
    exit_status: bool,
    output: Path | None,
    fields: str | None,
    **options: Any,
) -> int:
    """Go on with the whole file of the pilot JOB, with its options and those given here."""
    waits = wait or output is not None
    check_fields(fields, Batch if waits else BatchReceipt)
    begun = session.fanfold.batches.go(job, **asked(options))
    return follow(session, begun, fields, wait=waits, strict=exit_status, output=output)


COMMANDS = (try_out, go)
