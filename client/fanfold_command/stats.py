"""`fanfold stats` and `fanfold stats live`."""

from datetime import datetime

import click

from fanfold_command.columns.costs import GROUPS, LIVE, SUMMARY
from fanfold_command.printing import json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

GROUPINGS = ("provider", "model", "lane", "day", "tag")
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
@json_option
@pass_session
def live(session: CliContext, fields: str | None) -> None:
    """Show what is under way: open shards, pace, requests in flight and waiting."""
    found = session.fanfold.stats.live()
    if fields is not None:
        show_record(found, [], fields)
    else:
        show_rows(found.jobs, LIVE, None, "nothing is under way")
