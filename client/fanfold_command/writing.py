"""`fanfold session`: sessions that learn from documents and write."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click

from fanfold_client.texts import WritingJob
from fanfold_command.options import Decorator, with_options
from fanfold_command.printing import Column, ago, json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.watching import bytes_bar

FORMS = ("markdown", "html", "docx", "pdf")
ENDINGS = {".md": "markdown", ".html": "html", ".htm": "html", ".docx": "docx", ".pdf": "pdf"}

SESSION_OPTIONS: tuple[Decorator, ...] = (
    click.option("--name", metavar="TEXT", help="What to call it."),
    click.option("--provider", metavar="NAME", help="Whose models: anthropic, openai, gemini."),
    click.option("--model", metavar="NAME", help="The model that learns and writes."),
    click.option("--language", metavar="NAME", help="The language to write in."),
    click.option("--tone", metavar="TEXT", help="The tone to write in."),
)
TEXT_OPTIONS: tuple[Decorator, ...] = (
    click.option("--words", type=click.IntRange(50, 50_000), default=800, show_default=True, help="How long."),
    click.option("--section", "sections", multiple=True, metavar="TITLE", help="A section; repeat it for an outline."),
    click.option("--sources", is_flag=True, help="Name the documents that the text draws on."),
    click.option("--language", metavar="NAME", help="The language, if not the session's."),
    click.option("--tone", metavar="TEXT", help="The tone, if not the session's."),
    click.option("--provider", metavar="NAME", help="Whose model, if not the session's."),
    click.option("--model", metavar="NAME", help="The model, if not the session's."),
    click.option("--fresh", is_flag=True, help="Write anew also what was written before."),
)


def _field(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row, name, None)


def _tokens(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row.tokens, name)


def _date(name: str) -> Column:
    return Column(name, _field(name), lambda row: ago(getattr(row, name, None)))


SESSIONS = [
    Column("id", _field("id")),
    Column("state", _field("state")),
    Column("name", _field("name"), yields=True),
    _date("last_activity"),
    Column("jobs", _field("jobs")),
    Column("cost_usd", _field("cost_usd")),
]
SESSION = [
    *SESSIONS[:3],
    *(Column(name, _field(name)) for name in ("provider", "model", "language", "tone")),
    _date("created_at"),
    *SESSIONS[3:],
    *(Column(f"tokens_{name}", _tokens(name)) for name in ("input", "output")),
    Column("cache_hit_ratio", _tokens("cache_hit_ratio")),
]
JOBS = [
    Column("id", _field("id")),
    Column("task", _field("task")),
    Column("state", _field("state")),
    Column("title", _field("title"), yields=True),
    _date("created_at"),
    Column("words", _field("words")),
    Column("percent", _field("percent")),
    Column("error", _field("error"), yields=True),
]
JOB = [
    *JOBS[:4],
    Column("session", _field("session")),
    Column("model", _field("model")),
    *JOBS[4:],
    Column("words_asked", _field("words_asked")),
    Column("notes", lambda job: "; ".join(job.notes)),
    Column("cost_usd", _field("cost_usd")),
    Column("cache_hit_ratio", _tokens("cache_hit_ratio")),
]

session_argument = click.argument("session_id", metavar="SESSION")


@click.group("session")
def writing() -> None:
    """Train sessions on documents, and let them write.

    \b
        fanfold session create --name "house style"
        fanfold session train SESSION style.pdf
        fanfold session generate SESSION "Our harbour" --words 600 -o harbour.docx
    """


@writing.command()
@with_options(SESSION_OPTIONS)
@json_option
@pass_session
def create(session: CliContext, /, fields: str | None, **options: Any) -> None:
    """Open a session."""
    show_record(session.fanfold.writing.create(**options), SESSION, fields)


@writing.command("list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Show this many.")
@json_option
@pass_session
def list_sessions(session: CliContext, limit: int, fields: str | None) -> None:
    """List sessions, the newest first."""
    found = islice(session.fanfold.writing.sessions(), limit)
    show_rows(found, SESSIONS, fields, "there are no sessions yet: `fanfold session create` opens one")


@writing.command()
@session_argument
@click.option("--jobs", is_flag=True, help="List its jobs instead.")
@json_option
@pass_session
def show(session: CliContext, session_id: str, jobs: bool, fields: str | None) -> None:
    """Show how SESSION is, or its jobs."""
    if jobs:
        show_rows(session.fanfold.writing.history(session_id), JOBS, fields, "it has no jobs yet")
    else:
        show_record(session.fanfold.writing.session(session_id), SESSION, fields)


@writing.command()
@session_argument
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", metavar="TEXT", help="What to call it, if not by its name.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the end.")
@json_option
@pass_session
def train(
    session: CliContext, session_id: str, file: Path, title: str | None, no_wait: bool, fields: str | None
) -> int:
    """Train SESSION on FILE: a PDF, or a text or Markdown."""
    with bytes_bar(f"sending {file}") as seen:
        job = session.fanfold.writing.train_file(session_id, file, title, seen=seen)
    return _follow(session, job, fields, wait=not no_wait)


@writing.command()
@session_argument
@click.argument("topic")
@with_options(TEXT_OPTIONS)
@click.option("--format", type=click.Choice(FORMS), help="Otherwise what --output's name ends in, or markdown.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Save it here, not on stdout.")
@click.option("--no-wait", is_flag=True, help="Print the job and do not wait for the text.")
@json_option
@pass_session
def generate(
    session: CliContext,
    /,
    session_id: str,
    topic: str,
    format: str | None,
    output: Path | None,
    no_wait: bool,
    fields: str | None,
    sections: tuple[str, ...],
    **options: Any,
) -> int:
    """Let SESSION write about TOPIC, and print or save the text."""
    form = format or ENDINGS.get(output.suffix.lower() if output else "", "markdown")
    if form in ("docx", "pdf") and output is None and not no_wait and sys.stdout.isatty():
        raise click.UsageError(f"{form} is not for terminals: use --output")
    outline = [{"title": title} for title in sections] or None
    job = session.fanfold.writing.generate(session_id, topic, format=form, outline=outline, **options)
    if no_wait:
        return _follow(session, job, fields, wait=False)
    code = _follow(session, job, fields, wait=True, quiet=fields is None)
    if code == 0 and fields is None:
        _hand_out(session, job.id, output)
    return code


@writing.command()
@session_argument
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@pass_session
def delete(session: CliContext, session_id: str, yes: bool) -> None:
    """Forget SESSION: its documents, texts, and files at the provider."""
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("deleting can't be undone: add --yes")
        click.confirm(f"Delete {session_id} with all it has learnt and written?", abort=True, err=True)
    session.fanfold.writing.delete(session_id)


def _follow(session: CliContext, job: WritingJob, fields: str | None, *, wait: bool, quiet: bool = False) -> int:
    """The exit code, after showing the job: its receipt, or how it ended."""
    if wait:
        with _told(job.id) as seen:
            job = session.fanfold.writing.wait(job.id, seen)
    failed = job.state in ("failed", "cancelled")
    if not quiet or failed:
        show_record(job, JOB, fields)
    for note in job.notes if quiet else ():
        click.echo(f"fanfold: {note}", err=True)
    return int(failed)


def _hand_out(session: CliContext, job: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(session.fanfold.writing.result(job))
        sys.stdout.flush()
        return
    session.fanfold.writing.download(job, output)
    click.echo(f"fanfold: the text is in {output}", err=True)


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
