"""`fanfold logs list`, `tail`, `show`, `export`, `stats`, `streams`, `keep`, `test`."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import click

from fanfold_client import LogEntry
from fanfold_command.columns.journal import ENTRIES, ENTRY, FLUSHED, HOURS, SELF_TEST, STATS, STREAMS
from fanfold_command.options import Decorator, with_options
from fanfold_command.printing import clean, json_option, plain, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.watching import bytes_bar

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LEVELS = ("debug", "info", "warning", "error", "critical")


class Moment(click.ParamType[str]):
    """A moment as ISO 8601, or how long ago it was, as in 30m, 2h, 7d."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if found := re.fullmatch(r"(\d+)([smhd])", value):
            ago = timedelta(seconds=int(found[1]) * UNITS[found[2]])
            return (datetime.now(UTC) - ago).isoformat()
        try:
            return datetime.fromisoformat(value).astimezone().isoformat()
        except ValueError:
            self.fail(f"{value!r} is no moment: write 2026-11-26T12:00, or 30m, 2h, 7d for how long ago", param, ctx)


filters: tuple[Decorator, ...] = (
    click.option("--stream", metavar="NAME", help="Only of this stream."),
    click.option("--level", type=click.Choice(LEVELS), help="Only of this level and above."),
    click.option("--text", metavar="TEXT", help="Only with this in their message."),
    click.option("--context", metavar="FIELD=VALUE", help="Only with this in their context, as in user.id=42."),
)
period: tuple[Decorator, ...] = (
    click.option("--since", type=Moment(), metavar="MOMENT", help="From then on: 2026-11-26T12:00, 30m, 2h, 7d."),
    click.option("--until", type=Moment(), metavar="MOMENT", help="Up to then."),
)


@click.group()
def logs() -> None:
    """Read the journal, and say how long it is kept."""


@logs.command("list")
@with_options(filters + period)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Show this many.")
@click.option("--all", "everything", is_flag=True, help="Show all, whatever the limit.")
@json_option
@pass_session
def list_logs(session: CliContext, /, limit: int, everything: bool, fields: str | None, **asked: Any) -> None:
    """List entries, the newest first."""
    found = session.fanfold.logs.list(limit=100 if everything else min(limit, 1000), **_asked(asked))
    show_rows(found if everything else islice(found, limit), ENTRIES, fields, "no entry matches")


@logs.command()
@with_options(filters)
@click.option("-n", "--lines", type=click.IntRange(0), default=10, show_default=True, help="Begin with so many.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one entry a line.")
@pass_session
def tail(session: CliContext, /, lines: int, follow: bool, as_json: bool, **asked: Any) -> None:
    """Show the last entries, the newest last."""
    if follow:
        found = session.fanfold.logs.tail(lines, **_asked(asked))
    else:
        latest = session.fanfold.logs.list(limit=min(max(lines, 1), 1000), **_asked(asked))
        found = reversed(list(islice(latest, lines)))
    for entry in found:
        _print(entry, as_json)


@logs.command()
@click.argument("id")
@json_option
@pass_session
def show(session: CliContext, id: str, fields: str | None) -> None:
    """Show the entry ID, whole."""
    show_record(session.fanfold.logs.get(id), ENTRY, fields)


@logs.command()
@with_options(filters + period)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Save it here.")
@pass_session
def export(session: CliContext, /, output: Path, **asked: Any) -> None:
    """Save what passes as gzipped lines of JSON, the newest first.

    \b
        fanfold logs export --since 7d --level warning -o warnings.ndjson.gz
    """
    with bytes_bar(f"fetching {output}") as seen:
        session.fanfold.logs.export(output, seen, **_asked(asked))
    click.echo(f"fanfold: the entries are in {output}", err=True)


@logs.command()
@json_option
@pass_session
def streams(session: CliContext, fields: str | None) -> None:
    """List the streams, and how long each is kept."""
    show_rows(session.fanfold.logs.streams(), STREAMS, fields, "there are no streams yet")


@logs.command()
@click.argument("stream")
@click.argument("days", type=click.IntRange(1, 3650))
@json_option
@pass_session
def keep(session: CliContext, stream: str, days: int, fields: str | None) -> None:
    """Keep the entries of STREAM for so many DAYS; older ones are forgotten."""
    show_record(session.fanfold.logs.keep(stream, days), STREAMS, fields)


@logs.command()
@click.option("--posts", type=click.IntRange(1, 20), help="POSTs to send.")
@click.option("--entries", type=click.IntRange(1, 1000), help="Entries in each.")
@click.option(
    "--wait", "wait_seconds", type=click.FloatRange(0, 20), default=10.0, show_default=True, metavar="S",
    help="Seconds to wait for the flush.",
)  # fmt: skip
@json_option
@pass_session
def test(session: CliContext, /, wait_seconds: float, fields: str | None, **options: Any) -> int:
    """Write entries to the stream `test`, and show how long they take to be accepted and flushed.

    Exits 1 if they were not flushed in time.
    """
    found = session.fanfold.logs.test(wait_seconds=wait_seconds, **options)
    show_record(found, SELF_TEST, fields)
    return int(wait_seconds > 0 and found.flush_lag_ms is None)


@logs.command()
@json_option
@pass_session
def flush(session: CliContext, fields: str | None) -> None:
    """Move what you have posted to cold storage, without waiting for it."""
    show_record(session.fanfold.logs.flush(), FLUSHED, fields)


@logs.command()
@click.option("--stream", metavar="NAME", help="Only of this stream.")
@with_options(period)
@click.option("--hours", is_flag=True, help="Show each hour.")
@json_option
@pass_session
def stats(session: CliContext, /, hours: bool, fields: str | None, **asked: Any) -> None:
    """Show what came in and what is flushed; of the last day if nothing is said."""
    found = session.fanfold.logs.stats(**asked)
    if hours:
        show_rows(found.hours, HOURS, fields, "nothing came in")
    else:
        show_record(found, STATS, fields)


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    """The filters of the API: a level and those above it."""
    level = given.pop("level")
    return given | {"level": ",".join(LEVELS[LEVELS.index(level) :]) if level else None}


def _print(entry: LogEntry, as_json: bool) -> None:
    if as_json:
        click.echo(entry.model_dump_json())
        return
    context = json.dumps(entry.context, ensure_ascii=False) if entry.context else ""
    values = (entry.timestamp, entry.level, entry.stream, entry.message, context)
    click.echo("\t".join(clean(each) if sys.stdout.isatty() else plain(each) for each in values))
