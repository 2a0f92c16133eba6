"""`fanfold session`: sessions that learn from documents and write."""

import sys
from itertools import islice
from pathlib import Path
from typing import Any

import click

from fanfold_client.models import WritingReceipt
from fanfold_command.columns.writing import DOCUMENTS, JOBS, SESSION, SESSIONS
from fanfold_command.options import Decorator, with_options
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.texts import COMMANDS, follow, hand_out, text_as_it_comes
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

session_argument = click.argument("session_id", metavar="SESSION")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


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
    show_record(session.fanfold.sessions.create(**options), SESSION, fields)


@writing.command("list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Show this many.")
@json_option
@pass_session
def list_sessions(session: CliContext, limit: int, fields: str | None) -> None:
    """List sessions, the newest first."""
    found = islice(session.fanfold.sessions.list(), limit)
    show_rows(found, SESSIONS, fields, "there are no sessions yet: `fanfold session create` opens one")


@writing.command()
@session_argument
@click.option("--jobs", is_flag=True, help="List its jobs instead.")
@click.option("--documents", is_flag=True, help="List what it learns from instead.")
@json_option
@pass_session
def show(session: CliContext, session_id: str, jobs: bool, documents: bool, fields: str | None) -> None:
    """Show how SESSION is, its jobs, or its documents."""
    if jobs:
        show_rows(session.fanfold.sessions.history(session_id), JOBS, fields, "it has no jobs yet")
    elif documents:
        show_rows(session.fanfold.sessions.documents(session_id), DOCUMENTS, fields, "it has no documents yet")
    else:
        show_record(session.fanfold.sessions.get(session_id), SESSION, fields)


@writing.command()
@session_argument
@with_options(SESSION_OPTIONS)
@json_option
@pass_session
def edit(session: CliContext, /, session_id: str, fields: str | None, **options: Any) -> None:
    """Change SESSION's name, model, language or tone."""
    news = {name: value for name, value in options.items() if value is not None}
    if not news:
        raise click.UsageError("say what to change: --name, --provider, --model, --language or --tone")
    show_record(session.fanfold.sessions.edit(session_id, **news), SESSION, fields)


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
    """Train SESSION on FILE: a PDF, a Word document (.docx), Markdown or a text."""
    with bytes_bar(f"sending {file}") as seen:
        job = session.fanfold.sessions.train_file(session_id, file, title, seen=seen)
    return follow(session, job, fields, wait=not no_wait)


@writing.command()
@session_argument
@click.argument("topic")
@with_options(TEXT_OPTIONS)
@click.option("--format", type=click.Choice(FORMS), help="Otherwise what --output's name ends in, or markdown.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Save it here, not on stdout.")
@click.option("--live", is_flag=True, help="Print the text as it comes, section by section.")
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
    live: bool,
    no_wait: bool,
    fields: str | None,
    sections: tuple[str, ...],
    **options: Any,
) -> int:
    """Let SESSION write about TOPIC, and print or save the text."""
    form = _form(format, output, live or no_wait)
    outline = [{"title": title} for title in sections] or None
    job = session.fanfold.sessions.generate(session_id, topic, format=form, outline=outline, **options)
    if no_wait:
        return follow(session, job, fields, wait=False)
    if live:
        return text_as_it_comes(session, job.id)
    return _written(session, job, fields, output)


def _form(format: str | None, output: Path | None, unread: bool) -> str:
    form = format or ENDINGS.get(output.suffix.lower() if output else "", "markdown")
    if form in ("docx", "pdf") and output is None and not unread and sys.stdout.isatty():
        raise click.UsageError(f"{form} is not for terminals: use --output")
    return form


def _written(session: CliContext, job: WritingReceipt, fields: str | None, output: Path | None) -> int:
    code = follow(session, job, fields, wait=True, quiet=fields is None)
    if code == 0 and fields is None:
        hand_out(session, job.id, output)
    return code


@writing.command()
@session_argument
@yes_option
@json_option
@pass_session
def reset(session: CliContext, session_id: str, yes: bool, fields: str | None) -> None:
    """Let SESSION forget what it has learnt and written; its name and model stay."""
    _confirm(f"Let {session_id} forget all it has learnt and written?", yes)
    show_record(session.fanfold.sessions.reset(session_id), SESSION, fields)


@writing.command()
@session_argument
@yes_option
@pass_session
def delete(session: CliContext, session_id: str, yes: bool) -> None:
    """Forget SESSION: its documents, texts, and files at the provider."""
    _confirm(f"Delete {session_id} with all it has learnt and written?", yes)
    session.fanfold.sessions.delete(session_id)


def _confirm(question: str, yes: bool) -> None:
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("this can't be undone: add --yes")
        click.confirm(question, abort=True, err=True)


for command in COMMANDS:
    writing.add_command(command)
