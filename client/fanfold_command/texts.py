"""`fanfold session jobs`, `job`, `text`, `cancel`, `profile`: what sessions write, and what they have learnt."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click

from fanfold_client.answers import WRITTEN
from fanfold_client.models import LiveText, WritingJob, WritingReceipt
from fanfold_command.columns.batches import RECEIPT
from fanfold_command.columns.writing import JOB, JOBS, PROFILE
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

STYLE = ("voice", "tone", "sentences", "vocabulary", "structure")
LISTS = ("devices", "avoid")

job_argument = click.argument("job_id", metavar="JOB")


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Show this many.")
@json_option
@pass_session
def jobs(session: CliContext, limit: int, fields: str | None) -> None:
    """List the jobs of all sessions, the newest first."""
    show_rows(islice(session.fanfold.jobs.list(), limit), JOBS, fields, "there are no jobs yet")


@click.command()
@job_argument
@json_option
@pass_session
def job(session: CliContext, job_id: str, fields: str | None) -> None:
    """Show how JOB is."""
    show_record(session.fanfold.jobs.get(job_id), JOB, fields)


@click.command()
@job_argument
@json_option
@pass_session
def cancel(session: CliContext, job_id: str, fields: str | None) -> None:
    """End JOB early. What it has written stays."""
    show_record(session.fanfold.jobs.cancel(job_id), JOB, fields)


@click.command()
@job_argument
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until it is whole.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Save the whole text here.")
@pass_session
def text(session: CliContext, job_id: str, follow: bool, output: Path | None) -> int:
    """Print what JOB has written so far, as Markdown; with --output the whole text in the form of its name.

    Ctrl-C ends the following, not the job.
    """
    if output is not None:
        code = _wait(session, job_id)
        if code == 0:
            hand_out(session, job_id, output)
        return code
    if follow:
        return text_as_it_comes(session, job_id)
    _Printed().more(session.fanfold.jobs.text(job_id))
    return 0


@click.group()
def profile() -> None:
    """See what a session has learnt, and correct it."""


@profile.command("show")
@click.argument("session_id", metavar="SESSION")
@json_option
@pass_session
def show_profile(session: CliContext, session_id: str, fields: str | None) -> None:
    """Show what SESSION has learnt: the style, and a summary of its documents."""
    show_record(session.fanfold.sessions.profile(session_id), PROFILE, fields)


def _style_options(command: Any) -> Any:
    for name in reversed((*STYLE, *LISTS)):
        several = name in LISTS
        told = " can be repeated." if several else ""
        command = click.option(f"--{name}", metavar="TEXT", multiple=several, help=f"Of the style.{told}")(command)
    return command


@profile.command("edit")
@click.argument("session_id", metavar="SESSION")
@click.option("--summary", metavar="TEXT", help="What it knows of its documents.")
@_style_options
@json_option
@pass_session
def edit_profile(
    session: CliContext, /, session_id: str, summary: str | None, fields: str | None, **style: Any
) -> None:
    """Change what SESSION has learnt; what is not named stays."""
    told = {name: list(value) if name in LISTS else value for name, value in style.items() if value not in (None, ())}
    news = ({"style": told} if told else {}) | ({"summary": summary} if summary is not None else {})
    if not news:
        raise click.UsageError("say what to change: --summary, --voice, --tone …")
    show_record(session.fanfold.sessions.edit_profile(session_id, **news), PROFILE, fields)


class _Printed:
    """A text on stdout: each section once it is written."""

    def __init__(self) -> None:
        self._titled, self._shown = False, 0

    def more(self, text: LiveText) -> None:
        """Print what is new, in order."""
        if text.title and not self._titled:
            click.echo(f"# {text.title}\n")
            self._titled = True
        for section in text.sections[self._shown :]:
            if section.text is None or (section.state != "written" and text.state not in WRITTEN):
                break
            click.echo(f"## {section.title}\n\n{section.text.strip()}\n")
            self._shown += 1


def text_as_it_comes(session: CliContext, id: str) -> int:
    """Print a text section by section until it is whole; the exit code."""
    printed = _Printed()
    job = _waited(session, id, lambda job: printed.more(session.fanfold.jobs.text(id)) if job.sections else None)
    return _told_end(job)


def follow(session: CliContext, job: WritingReceipt, fields: str | None, *, wait: bool, quiet: bool = False) -> int:
    """The exit code, after showing the job: its receipt, or how it ended."""
    if not wait:
        show_record(job, RECEIPT, fields)
        return 0
    with _told(job.id) as seen:
        ended = _waited(session, job.id, seen)
    if not quiet or ended.state != "completed":
        show_record(ended, JOB, fields)
    for note in ended.notes if quiet else ():
        click.echo(f"fanfold: {note}", err=True)
    return int(ended.state != "completed")


def hand_out(session: CliContext, job: str, output: Path | None) -> None:
    """The whole text, on stdout or into a file."""
    if output is None:
        sys.stdout.buffer.write(session.fanfold.jobs.result(job))
        sys.stdout.flush()
        return
    forms = {".md": "markdown", ".html": "html", ".htm": "html", ".docx": "docx", ".pdf": "pdf"}
    session.fanfold.jobs.download(job, output, forms.get(output.suffix.lower()))
    click.echo(f"fanfold: the text is in {output}", err=True)


def _wait(session: CliContext, id: str) -> int:
    with _told(id) as seen:
        return _told_end(_waited(session, id, seen))


def _waited(session: CliContext, id: str, seen: Callable[[WritingJob], None]) -> WritingJob:
    try:
        return session.fanfold.jobs.wait(id, seen)
    except KeyboardInterrupt:
        click.echo(f"fanfold: the job goes on: `fanfold session text {id} --follow` waits for it again", err=True)
        raise


def _told_end(job: WritingJob) -> int:
    if job.state != "completed":
        click.echo(f"fanfold: {job.id} is {job.state}{f': {job.error}' if job.error else ''}", err=True)
    return int(job.state != "completed")


@contextmanager
def _told(id: str) -> Iterator[Callable[[WritingJob], None]]:
    """A line on stderr for each change."""
    last = ""

    def seen(job: WritingJob) -> None:
        nonlocal last
        line = f"{id}\t{job.state} {job.percent} %" if job.sections else f"{id}\t{job.state}"
        if line != last:
            click.echo(line, err=True)
        last = line

    yield seen


COMMANDS = (jobs, job, text, cancel, profile)
