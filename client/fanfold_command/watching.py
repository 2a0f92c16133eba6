"""Waiting for a batch: a bar on a terminal, a line for each new state otherwise; always on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from fanfold_client import Batch
from fanfold_command.printing import span
from fanfold_command.session import Session

WAITING = {
    "draft": "is a draft: `fanfold batch process` starts it",
    "accepted": "waits to be started",
    "planning": "is being planned",
    "paused": "is paused: `fanfold batch resume` goes on",
}


def wait(session: Session, id: str) -> Batch:
    """The batch when it is over, however long until it begins. Ctrl-C ends the waiting, not the batch."""
    with _bar(id) if sys.stderr.isatty() else _lines() as seen:
        try:
            return session.fanfold.wait(id, seen)
        except KeyboardInterrupt:
            click.echo(f"fanfold: the batch goes on: `fanfold batch watch {id}` waits for it again", err=True)
            raise


def ended_badly(batch: Batch, strict: bool) -> bool:
    """Whether the exit code is 1: it did not complete or, if strict, something in it did not succeed."""
    return batch.state in ("failed", "cancelled") or (strict and bool(batch.counts.failed or batch.rejected))


def done(batch: Batch) -> tuple[int, int]:
    """Requests that are done, the provider's word included, and all."""
    if batch.progress is None:
        return 0, 0
    return max(batch.progress.done_at_provider, batch.progress.settled), batch.progress.total


def state_line(batch: Batch) -> str:
    """What goes on, in words."""
    ready, total = done(batch)
    if batch.state in WAITING:
        return WAITING[batch.state]
    return f"{batch.state} {100 * ready // total if total else 0} % ({ready:,} of {total:,})"


def time_left(batch: Batch) -> str:
    """When it will be over, as far as that is known."""
    seconds = batch.progress.eta_seconds if batch.progress else None
    return f"about {span(seconds)} left" if seconds is not None else ""


@contextmanager
def _lines() -> Iterator[Callable[[Batch], None]]:
    last = ""

    def seen(batch: Batch) -> None:
        nonlocal last
        if batch.state != last:
            click.echo(f"{batch.id}\t{state_line(batch)}", err=True)
        last = batch.state

    yield seen


@contextmanager
def _bar(id: str) -> Iterator[Callable[[Batch], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    words, left = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[left]}", markup=False)
    columns = (SpinnerColumn(), words, BarColumn(), TimeElapsedColumn(), left)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(id, total=None, left="")

        def seen(batch: Batch) -> None:
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
