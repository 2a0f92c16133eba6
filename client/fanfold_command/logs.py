"""`fanfold logs list`, `tail`, `stats`."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import click

from fanfold_client import LogEntry
from fanfold_command.options import Decorator, with_options
from fanfold_command.printing import clean, json_option, plain, show_record, show_rows
from fanfold_command.session import CliContext, pass_session
from fanfold_command.shapes import ENTRIES, HOURS, STATS

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
    click.option("--level", type=click.Choice(LEVELS), multiple=True, help="Only of this level; can be repeated."),
    click.option("--text", metavar="TEXT", help="Only with this in their message."),
    click.option("--context", metavar="FIELD=VALUE", help="Only with this in their context, as in user.id=42."),
)
period: tuple[Decorator, ...] = (
    click.option("--since", type=Moment(), metavar="MOMENT", help="From then on: 2026-11-26T12:00, 30m, 2h, 7d."),
    click.option("--until", type=Moment(), metavar="MOMENT", help="Up to then."),
)


@click.group()
def logs() -> None:
    """Read the journal."""


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
    return given | {"level": ",".join(given["level"]) or None}


def _print(entry: LogEntry, as_json: bool) -> None:
    if as_json:
        click.echo(entry.model_dump_json())
        return
    context = json.dumps(entry.context, ensure_ascii=False) if entry.context else ""
    values = (entry.timestamp, entry.level, entry.stream, entry.message, context)
    click.echo("\t".join(clean(each) if sys.stdout.isatty() else plain(each) for each in values))
