"""`fanfold budget`: what batches may spend in a day and a month."""

import click

from fanfold_command.columns.costs import BUDGET
from fanfold_command.options import DOLLARS
from fanfold_command.printing import json_option, show_record
from fanfold_command.session import CliContext, pass_session


@click.group()
def budget() -> None:
    """See and set what all of your batches may spend."""


@budget.command()
@json_option
@pass_session
def show(session: CliContext, fields: str | None) -> None:
    """Show the limits, and what is spent or set aside of them."""
    show_record(session.fanfold.budget.get(), BUDGET, fields)


@budget.command("set")
@click.option("--daily", type=DOLLARS, metavar="USD", help="In a day of UTC; without it, there is no limit.")
@click.option("--monthly", type=DOLLARS, metavar="USD", help="In a month; without it, there is no limit.")
@json_option
@pass_session
def set_budget(session: CliContext, daily: float | None, monthly: float | None, fields: str | None) -> None:
    """Set the limits for batches that are planned from now on, in place of those before."""
    show_record(session.fanfold.budget.set(daily, monthly), BUDGET, fields)
