"""Waiting for a batch or a forecast: a bar on a terminal, a line for each new state otherwise; always on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from fanfold_client import Batch, Forecast
from fanfold_command.printing import span, waiting_line
from fanfold_command.session import CliContext

J = TypeVar("J", Batch, Forecast)

ENDED = ("completed", "cancelled")
WAITING = {
    "draft": "is a draft: `fanfold batch process` starts it",
    "accepted": "waits to be started",
    "planning": "is being planned",
    "paused": "is paused: `fanfold batch resume` goes on",
}


def wait(session: CliContext, id: str) -> Batch:
    """The batch when it is over, however long until it begins. Ctrl-C ends the waiting, not the batch."""
    return _wait(session.fanfold.batches.wait, id, "batch")


def wait_for_forecast(session: CliContext, id: str) -> Forecast:
    """The same of a forecast."""
    return _wait(session.fanfold.forecasts.wait, id, "forecast")


def _wait(until_over: Callable[[str, Callable[[J], None]], J], id: str, kind: str) -> J:
    with _bar(id) if sys.stderr.isatty() else _lines() as seen:
        try:
            return until_over(id, seen)
        except KeyboardInterrupt:
            click.echo(f"fanfold: the {kind} goes on: `fanfold {kind} watch {id}` waits for it again", err=True)
            raise


def ended_badly(job: Batch | Forecast, strict: bool) -> bool:
    """Whether the exit code is 1: it did not complete or, if strict, something in it did not succeed."""
    failed = job.progress.failed
    return job.state in ("failed", "cancelled") or (strict and bool(failed or job.rejected))


def done(job: Batch | Forecast) -> tuple[int, int]:
    """Requests, or series, that are done, the provider's word included, and all."""
    if isinstance(job, Forecast):
        return job.progress.done, job.progress.total
    return max(job.progress.done_at_provider, job.progress.done), job.progress.total


def state_line(batch: Batch | Forecast) -> str:
    """What goes on, in words."""
    ready, total = done(batch)
    if batch.state in WAITING:
        return WAITING[batch.state]
    if isinstance(batch, Forecast) and batch.state in ENDED:
        return batch.outcome or batch.state
    waits = f", waits: {waiting_line(batch.waiting_for[0])}" if isinstance(batch, Batch) and batch.waiting_for else ""
    return f"{batch.state} {100 * ready // total if total else 0} % ({ready:,} of {total:,}){waits}"


def time_left(batch: Batch | Forecast) -> str:
    """When it will be over, as far as that is known."""
    seconds = batch.progress.eta_seconds
    pace = batch.progress.per_second if isinstance(batch, Batch) else None
    said = [f"{pace:,.3g}/s"] if pace else []
    return ", ".join([*said, f"about {span(seconds)} left"] if seconds is not None else said)


@contextmanager
def _lines() -> Iterator[Callable[[Batch | Forecast], None]]:
    last, tenth = "", -1

    def seen(batch: Batch | Forecast) -> None:
        nonlocal last, tenth
        ready, total = done(batch)
        now = 10 * ready // total if total else 0
        state = batch.state + ",".join(each.reason for each in getattr(batch, "waiting_for", ()))
        if state != last or now > tenth:
            click.echo("\t".join(filter(None, (batch.id, state_line(batch), time_left(batch)))), err=True)
        last, tenth = state, now

    yield seen


@contextmanager
def _bar(id: str) -> Iterator[Callable[[Batch | Forecast], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    words, left = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[left]}", markup=False)
    columns = (SpinnerColumn(), words, BarColumn(), TimeElapsedColumn(), left)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(id, total=None, left="")

        def seen(batch: Batch | Forecast) -> None:
            ready, total = done(batch)
            bar.update(task, description=state_line(batch), left=time_left(batch))
            bar.update(task, completed=ready, total=total or None, refresh=True)

        yield seen


@contextmanager
def bytes_bar(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar for bytes sent or received; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
