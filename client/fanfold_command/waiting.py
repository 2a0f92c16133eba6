"""What follows on a command that sets a batch going: wait if that is wanted, show how it is, fetch the results."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from fanfold_client import Accepted, Batch
from fanfold_command.printing import show_record
from fanfold_command.session import CliContext
from fanfold_command.shapes import RECEIPT, RECORD
from fanfold_command.watching import bytes_bar, ended_badly
from fanfold_command.watching import wait as wait_for

C = TypeVar("C", bound=Callable[..., Any])
FORMATS = ("jsonl", "csv", "parquet")

status_option = click.option(
    "--exit-status", is_flag=True, help="Exit 1 also if a request failed or a line was not taken."
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Wait, then save the results here: .jsonl, .csv or .parquet.",
)


def wait_options(command: C) -> C:
    """A command that can wait for the end of what it began."""
    return click.option("--wait", is_flag=True, help="Wait until it is over.")(status_option(command))


def follow(
    session: CliContext,
    begun: Accepted | Batch,
    fields: str | None,
    *,
    wait: bool,
    strict: bool,
    output: Path | None,
) -> int:
    """The exit code, after showing the receipt, or the batch at its end."""
    if not wait:
        show_record(begun, RECEIPT, fields)
        return 0
    batch = wait_for(session, begun.id)
    show_record(batch, RECORD, fields)
    if output is not None and batch.state != "failed":
        fetch(session, batch.id, output, None)
    return int(ended_badly(batch, strict))


def fetch(session: CliContext, id: str, file: Path, format: str | None) -> None:
    """Save the results, in the form that the file's name tells unless one is given."""
    ending = file.suffix.removeprefix(".").lower()
    form = format or (ending if ending in FORMATS else FORMATS[0])
    with bytes_bar(f"fetching {file}") as seen:
        session.fanfold.download(id, file, form, seen)
    click.echo(f"fanfold: the results are in {file}", err=True)
