"""What follows on a command that sets a batch going: wait if that is wanted, show how it is, fetch the results."""

import gzip
from collections.abc import Callable
from pathlib import Path
from shutil import copyfileobj
from typing import Any, TypeVar

import click

from fanfold_client import Batch
from fanfold_client.models import BatchReceipt
from fanfold_command.columns.batches import RECEIPT, RECORD
from fanfold_command.printing import show_record
from fanfold_command.session import CliContext
from fanfold_command.watching import bytes_bar, ended_badly
from fanfold_command.watching import wait as wait_for

C = TypeVar("C", bound=Callable[..., Any])
FORMATS = ("jsonl", "csv", "parquet")
GZIP = ".gz"


class ResultsFile(click.Path):
    """A file for results, in a folder that is there, whose name tells a form that there is, perhaps gzipped."""

    def __init__(self, *, any_name: bool = False) -> None:
        super().__init__(dir_okay=False, path_type=Path)
        self._any_name = any_name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        file = Path(str(super().convert(value, param, ctx)))
        if not file.parent.is_dir():
            self.fail(f"there is no folder {file.parent}", param, ctx)
        if not self._any_name and ending(file) not in ("", *FORMATS):
            known = ", ".join(f".{each}" for each in FORMATS)
            self.fail(f"{file.name} ends in no form of results: {known}, each also with {GZIP}", param, ctx)
        return file


def ending(file: Path) -> str:
    """What tells the form of a file."""
    name = file.name.lower().removesuffix(GZIP)
    return Path(name).suffix.removeprefix(".")


status_option = click.option(
    "--exit-status", is_flag=True, help="Exit 1 also if a request failed or a line was not taken."
)
output_option = click.option(
    "-o",
    "--output",
    type=ResultsFile(),
    help="Wait, then save the results here: .jsonl, .csv or .parquet, each also with .gz.",
)


def wait_options(command: C) -> C:
    """A command that can wait for the end of what it began."""
    return click.option("--wait", is_flag=True, help="Wait until it is over.")(status_option(command))


def follow(
    session: CliContext,
    begun: BatchReceipt | Batch,
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
    form = format or ending(file) or FORMATS[0]
    plain = file.with_name(file.name[: -len(GZIP)]) if file.name.lower().endswith(GZIP) else file
    with bytes_bar(f"fetching {file}") as seen:
        session.fanfold.batches.download(id, plain, form, seen)
    if plain != file:
        with plain.open("rb") as whole, gzip.open(file, "wb") as packed:
            copyfileobj(whole, packed)
        plain.unlink()
    click.echo(f"fanfold: the results are in {file}, after {session.elapsed}", err=True)
