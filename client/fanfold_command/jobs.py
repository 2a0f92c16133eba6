"""`fanfold jobs`: jobs of all kinds, and what runs now."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

import click
from pydantic import BaseModel

from fanfold_client import OVER, Batch, Fanfold, Forecast, Unreachable, WritingJob
from fanfold_command.printing import Column, ago, json_option, plain, show_rows
from fanfold_command.session import CliContext, pass_session

LOOKED_AT = 200
"""Jobs of each kind, the newest, among which those that run are looked for."""
LOOK_SECONDS = 2.0


class JobRow(BaseModel):
    """A job of any kind."""

    id: str
    kind: str
    state: str
    name: str | None
    percent: int
    failed: int
    created_at: str
    finished_at: str | None


class JobKind(NamedTuple):
    """A kind of jobs: how they are listed, and how one is told."""

    listed: Callable[[Fanfold], Iterator[Any]]
    told: Callable[[Any], JobRow]


def _batch(job: Batch) -> JobRow:
    return _row(job, "batch", job.name or job.model, job.progress.percent, job.progress.failed)


def _forecast(job: Forecast) -> JobRow:
    return _row(job, "forecast", job.config.name, job.progress.percent, job.progress.failed)


def _writing(job: WritingJob) -> JobRow:
    percent = 100 if job.state == "completed" else job.percent
    return _row(job, job.task or "writing", job.title, percent, int(job.state == "failed"))


def _row(job: Any, kind: str, name: str | None, percent: int, failed: int) -> JobRow:
    ended, begun = job.finished_at, job.created_at
    return JobRow(
        id=job.id, kind=kind, state=job.state, name=name, percent=percent, failed=failed, created_at=begun,
        finished_at=ended,
    )  # fmt: skip


KINDS = {
    "batch": JobKind(lambda fanfold: fanfold.batches.list(), _batch),
    "forecast": JobKind(lambda fanfold: fanfold.forecasts.list(), _forecast),
    "writing": JobKind(lambda fanfold: fanfold.jobs.list(), _writing),
}
COLUMNS = [
    Column("id", lambda row: row.id),
    Column("kind", lambda row: row.kind),
    Column("state", lambda row: row.state),
    Column("name", lambda row: row.name, yields=True),
    Column("percent", lambda row: row.percent),
    Column("failed", lambda row: row.failed, lambda row: row.failed or None),
    Column("created_at", lambda row: row.created_at, lambda row: ago(row.created_at)),
    Column("finished_at", lambda row: row.finished_at, lambda row: ago(row.finished_at)),
]


@click.command()
@click.option("--kind", "kinds", type=click.Choice(list(KINDS)), multiple=True, help="Only these; can be repeated.")
@click.option("--running", is_flag=True, help=f"Only those that are not over, of the newest {LOOKED_AT} of each kind.")
@click.option("--watch", is_flag=True, help="Look again every 2 seconds, until Ctrl-C.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Show this many.")
@json_option
@pass_session
def jobs(
    session: CliContext, kinds: tuple[str, ...], running: bool, watch: bool, limit: int, fields: str | None
) -> None:
    """List jobs of all kinds, the newest first: batches, forecasts, training and writing.

    With --watch a terminal shows a table that stays current; a pipe gets a line for each change.
    """

    def look() -> list[JobRow]:
        found = merge(
            *_found(session.fanfold, kinds or tuple(KINDS), running), key=lambda row: row.created_at, reverse=True
        )
        return list(islice(found, limit))

    if not watch:
        show_rows(look(), COLUMNS, fields, "nothing runs" if running else "there are no jobs yet")
    elif fields is not None:
        raise click.UsageError("--watch has no JSON: leave one of them out")
    else:
        _watch(look)


def _found(fanfold: Fanfold, kinds: Iterable[str], running: bool) -> Iterator[Iterator[JobRow]]:
    """Rows of each kind, the newest first."""
    for name in kinds:
        rows = map(KINDS[name].told, KINDS[name].listed(fanfold))
        yield (row for row in islice(rows, LOOKED_AT) if row.state not in OVER) if running else rows


def _watch(look: Callable[[], list[JobRow]]) -> None:
    shown: dict[str, JobRow] = {}
    while True:
        try:
            found = look()
        except Unreachable as error:
            click.echo(f"fanfold: {error}", err=True)
        else:
            if sys.stdout.isatty():
                click.clear()
                show_rows(found, COLUMNS, None, "there is nothing to watch")
            else:
                _tell(row for row in reversed(found) if shown.get(row.id) != row)
            shown = {row.id: row for row in found}
        time.sleep(LOOK_SECONDS)


def _tell(rows: Iterable[JobRow]) -> None:
    for row in rows:
        click.echo("\t".join(plain(column.exact(row)) for column in COLUMNS))
    sys.stdout.flush()
