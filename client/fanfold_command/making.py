"""`fanfold batch submit`, `create`, `add`, `process`: the ways in; and `estimate`, before them."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from fanfold_client import Batch, Refused
from fanfold_client.checking import check_file
from fanfold_client.estimates import FileEstimate
from fanfold_client.models import BatchReceipt, ForecastReceipt
from fanfold_command.columns.batches import RECEIPT
from fanfold_command.columns.costs import ESTIMATE, LANE_COSTS, MODEL_COSTS
from fanfold_command.completion import BatchId
from fanfold_command.options import STDIN, asked, batch_options, file_argument, readable
from fanfold_command.printing import check_fields, json_option, show_record, show_rows, span
from fanfold_command.session import CliContext, pass_session
from fanfold_command.waiting import follow, output_option, wait_options
from fanfold_command.watching import bytes_bar

LOOKED_AT = 32_000_000
"""Bytes of a file that the service looks at in one call."""
KNOWN_AFTER = timedelta(minutes=1)
"""How old a batch is that this call has surely not made; clocks differ."""
FLAWS = 5
"""Lines that would not be taken and are shown with the reason."""

format_option = click.option(
    "--input-format",
    type=click.Choice(["jsonl", "csv", "json", "tsv"]),
    help="What FILE holds, if its name does not tell; stdin holds JSONL.",
)


@click.command()
@click.argument("file", type=file_argument)
@batch_options
@format_option
@click.option("--new", is_flag=True, help="A batch of its own, even if the same was submitted before.")
@wait_options
@output_option
@json_option
@pass_session
def submit(
    session: CliContext,
    /,
    file: Path,
    input_format: str | None,
    new: bool,
    wait: bool,
    exit_status: bool,
    output: Path | None,
    fields: str | None,
    **options: Any,
) -> int:
    """Make a batch of FILE and start it. - is stdin.

    FILE has a request a line (JSONL), or a row (CSV). The same FILE with the same options is the same batch, so a
    submit that broke can simply be repeated; --new makes another one.

    \b
        fanfold batch submit prompts.jsonl --model gpt-5.4-mini --wait
        fanfold batch submit mails.csv --template "Classify: {text}" -o out.jsonl
    """
    waits = wait or output is not None
    check_fields(fields, Batch if waits else BatchReceipt)
    fields_asked = asked(options)
    if fields_asked.get("budget_usd"):
        say(_foreseen(session, file, input_format, fields_asked))
    batch = _sent(session, file, input_format, new=new, **fields_asked)
    say_if_known(batch)
    say(batch.notes)
    return follow(session, batch, fields, wait=waits, strict=exit_status, output=output)


@click.command()
@click.argument("file", type=file_argument, required=False)
@batch_options
@format_option
@json_option
@pass_session
def create(
    session: CliContext, /, file: Path | None, input_format: str | None, fields: str | None, **options: Any
) -> None:
    """Make a draft, of FILE or still without requests.

    `add` puts more into it, `process` starts it. Each call makes a draft of its own.

    \b
        job=$(fanfold batch create --name mails --json id | jq -r .id)
        fanfold batch add "$job" monday.jsonl
        fanfold batch add "$job" tuesday.jsonl
        fanfold batch process "$job" --wait
    """
    check_fields(fields, BatchReceipt)
    if file is None:
        made = session.fanfold.batches.create(draft=True, **asked(options))
    else:
        made = _sent(session, file, input_format, new=True, draft=True, **asked(options))
    show_record(made, RECEIPT, fields)


@click.command()
@click.argument("job", type=BatchId())
@click.argument("file", type=file_argument)
@format_option
@json_option
@pass_session
def add(session: CliContext, job: str, file: Path, input_format: str | None, fields: str | None) -> None:
    """Add FILE's requests to the draft JOB. - is stdin. The same file twice is there once."""
    check_fields(fields, Batch)
    with readable(file, input_format) as (path, name), bytes_bar(f"sending {file}") as seen:
        batch = session.fanfold.batches.add(job, path, filename=name, remember=session.uploads, seen=seen)
    show_record(batch, RECEIPT, fields)


@click.command()
@click.argument("job", type=BatchId())
@wait_options
@output_option
@json_option
@pass_session
def process(
    session: CliContext, job: str, wait: bool, exit_status: bool, output: Path | None, fields: str | None
) -> int:
    """Start the draft JOB."""
    check_fields(fields, Batch)
    batch = session.fanfold.batches.process(job)
    return follow(session, batch, fields, wait=wait or output is not None, strict=exit_status, output=output)


def _sent(session: CliContext, file: Path, kind: str | None, *, new: bool, **options: Any) -> BatchReceipt:
    remember = None if new else session.uploads
    with readable(file, kind) as (path, name), bytes_bar(f"sending {file}") as seen:
        checked(path, name, options)
        return session.fanfold.batches.create(path, filename=name, remember=remember, seen=seen, **options)


def checked(path: Path, name: str, options: dict[str, Any]) -> None:
    """Refuse, before it is sent, a file of which nothing can be run. Raises UsageError."""
    try:
        check_file(path, name, options)
    except Refused as error:
        raise click.UsageError(f"{name}: {error.problem['detail']}") from None


def say(notes: Iterable[str]) -> None:
    """Tell what there is to know, on stderr."""
    for note in notes:
        click.echo(f"fanfold: {note}", err=True)


def _foreseen(session: CliContext, file: Path, kind: str | None, options: dict[str, Any]) -> list[str]:
    """What a budget will do to FILE, as far as that can be told at once."""
    with readable(file, kind) as (path, name):
        checked(path, name, options)
        if file == STDIN or path.stat().st_size > LOOKED_AT:
            return ["whether the budget covers all requests is told by `fanfold batch status`, once it is planned"]
        return session.fanfold.batches.estimate(path, filename=name, **options).notes


def say_if_known(batch: BatchReceipt | ForecastReceipt) -> None:
    """Tell that the job was there before this call."""
    age = datetime.now(UTC) - datetime.fromisoformat(batch.created_at)
    if age > KNOWN_AFTER:
        said = f"{batch.id} was made of this file {span(age.total_seconds())} ago; --new makes another"
        click.echo(f"fanfold: {said}", err=True)


@click.command()
@click.argument("file", type=file_argument)
@batch_options
@format_option
@click.option("--draft", is_flag=True, help="Plan it too, and keep it as a draft that `process` starts.")
@json_option
@pass_session
def estimate(
    session: CliContext, /, file: Path, input_format: str | None, draft: bool, fields: str | None, **options: Any
) -> None:
    """Tell what a batch of FILE would cost, by model: expected and at most, as a batch and in real time.

    Nothing is sent to a provider. A FILE that is too large to be looked at at once is planned as a draft.
    """
    check_fields(fields, FileEstimate)
    with readable(file, input_format) as (path, name), bytes_bar(f"sending {file}") as seen:
        checked(path, name, asked(options))
        found = session.fanfold.batches.estimate(path, filename=name, keep=draft, seen=seen, **asked(options))
    if fields is not None:
        show_record(found, [], fields)
        return
    if not sys.stdout.isatty():
        show_rows(found.estimate.models, ESTIMATE, None, "")
    elif found.estimate.models:
        show_rows(found.estimate.lanes.items(), LANE_COSTS, None, "")
        click.echo()
        show_rows(found.estimate.models, MODEL_COSTS, None, "")
    else:
        click.echo("no line can be run")
    for said in _remarks(found):
        click.echo(f"fanfold: {said}", err=True)


def _remarks(found: FileEstimate) -> Iterator[str]:
    if found.estimate.unpriced_requests:
        yield f"the price of {found.estimate.unpriced_requests:,} requests is not known"
    yield from found.notes
    if found.rejected:
        yield f"lines that would not be taken: {found.rejected:,}"
        yield from map(_flaw, found.rejected_lines[:FLAWS])
    if found.id:
        yield f"it is kept as a draft: `fanfold batch process {found.id}` starts it"


def _flaw(line: dict[str, Any]) -> str:
    field = f" {line['field']}:" if line.get("field") else ""
    return f"line {line.get('line')}:{field} {line.get('detail')}"


COMMANDS = (create, add, process, submit, estimate)
