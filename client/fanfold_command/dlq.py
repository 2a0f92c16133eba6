"""`fanfold dlq`: requests that workers died of, and sending them again."""

import click

from fanfold_command.columns.batches import LETTERS, SENT
from fanfold_command.completion import BatchId
from fanfold_command.printing import json_option, show_rows
from fanfold_command.session import CliContext, pass_session


@click.group()
def dlq() -> None:
    """See the requests that workers die of, and send them again."""


@dlq.command("list")
@json_option
@pass_session
def list_(session: CliContext, fields: str | None) -> None:
    """List dead letters, the newest first: requests in real time that workers died of."""
    show_rows(session.fanfold.dead_letters.list(), LETTERS, fields, "no dead letters")


@dlq.command()
@click.argument("job", type=BatchId(), required=False)
@json_option
@pass_session
def redrive(session: CliContext, job: str | None, fields: str | None) -> None:
    """Send dead letters again, those of JOB or all, once what killed their workers is mended.

    Each batch gets a round for them alone. A batch that is not over keeps its letters.
    """
    show_rows(iter(session.fanfold.dead_letters.redrive(job).batches), SENT, fields, "no dead letters")
