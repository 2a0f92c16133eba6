"""`fanfold usage`: what your tenant may use, and what it has used."""

import click

from fanfold_client.models import QuotaUsage, QuotaUse
from fanfold_command.printing import Column, json_option, show_record, show_rows
from fanfold_command.session import CliContext, pass_session

QUOTAS = [
    Column("quota", lambda row: row[0]),
    Column("limit", lambda row: row[1].limit),
    Column("used", lambda row: row[1].used),
    Column("resets_at", lambda row: row[1].resets_at),
]


@click.command()
@json_option
@pass_session
def usage(session: CliContext, fields: str | None) -> None:
    """Show the quotas that the operator has set, what is used of each, and when that begins anew."""
    found = session.fanfold.account.usage()
    if fields is not None:
        show_record(found, [], fields)
        return
    show_rows(_rows(found), QUOTAS, None, "no quotas")
    for name in ("providers", "models"):
        if (allowed := getattr(found, name)) is not None:
            click.echo(f"{name}\t{' '.join(allowed)}")


def _rows(found: QuotaUsage) -> list[tuple[str, QuotaUse]]:
    """The quotas that count something."""
    return [(name, value) for name, value in found if isinstance(value, QuotaUse)]
