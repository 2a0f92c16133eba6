"""`fanfold stats`, `stats live`, `stats money` and `stats suggestions`."""

from datetime import datetime
from functools import partial
from typing import Any

import click

from fanfold_command.columns.costs import GROUPS, LIVE, MONEY, SUGGESTIONS, SUMMARY
from fanfold_command.forecast_options import NameList
from fanfold_command.printing import Column, json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

GROUPINGS = ("provider", "model", "lane", "day", "tag")
BY = "Any of day, kind, provider, model, lane, template, tag, key."
day = click.DateTime(["%Y-%m-%d"])


@click.group(invoke_without_command=True)
@click.option("--since", type=day, metavar="DAY", help="The first day, as 2026-11-26 (UTC); 30 days without.")
@click.option("--until", type=day, metavar="DAY", help="The last day; today without.")
@click.option("--by", type=click.Choice(GROUPINGS), help="In groups.")
@json_option
@click.pass_context
def stats(
    context: click.Context, since: datetime | None, until: datetime | None, by: str | None, fields: str | None
) -> None:
    """Show what your jobs came to: requests, times, tokens, cost, savings."""
    if context.invoked_subcommand:
        return
    fanfold = context.ensure_object(CliContext).fanfold
    found = fanfold.stats.get(_day(since), _day(until), by)
    if fields is not None or by is None:
        show_record(found if fields is not None else found.total, SUMMARY, fields)
    else:
        show_rows(found.groups, GROUPS, None, "no job ended in these days")


def _day(given: datetime | None) -> str | None:
    return given.date().isoformat() if given else None


@stats.command()
@click.option("--since", type=day, metavar="DAY", help="The first day, as 2026-11-26 (UTC); 30 days without.")
@click.option("--until", type=day, metavar="DAY", help="The last day; today without.")
@click.option("--by", "dimensions", type=NameList(), default="model", show_default=True, metavar="A,B", help=BY)
@json_option
@pass_session
def money(
    session: CliContext,
    since: datetime | None,
    until: datetime | None,
    dimensions: tuple[str, ...],
    fields: str | None,
) -> None:
    """Show what your jobs of all kinds cost, writing and forecasts among them, by several things at once.

    \b
        fanfold stats money --by template,model
    """
    found = session.fanfold.stats.money(_day(since), _day(until), dimensions)
    if fields is not None:
        show_record(found, [], fields)
        return
    columns = [Column(name, partial(_of, name)) for name in dimensions]
    show_rows(found.groups, [*columns, *MONEY], None, "no job ended in these days")


def _of(name: str, group: Any) -> str | None:
    found: str | None = group.of.get(name)
    return found


@stats.command()
@click.option("--since", type=day, metavar="DAY", help="The first day, as 2026-11-26 (UTC); 30 days without.")
@click.option("--until", type=day, metavar="DAY", help="The last day; today without.")
@json_option
@pass_session
def suggestions(session: CliContext, since: datetime | None, until: datetime | None, fields: str | None) -> None:
    """Show what would have saved money or room, by the figures of your own jobs."""
    found = session.fanfold.stats.suggestions(_day(since), _day(until))
    show_rows(found, SUGGESTIONS, fields, "nothing to suggest")


@stats.command()
@json_option
@pass_session
def live(session: CliContext, fields: str | None) -> None:
    """Show what is under way: open shards, pace, requests in flight and waiting."""
    found = session.fanfold.stats.live()
    if fields is not None:
        show_record(found, [], fields)
    else:
        show_rows(found.jobs, LIVE, None, "nothing is under way")
