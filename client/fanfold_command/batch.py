"""`fanfold batch`: the group of all commands on batches."""

import click

from fanfold_command import looking, making, piloting, steering


@click.group()
def batch() -> None:
    """Make batches, follow them, get what came of them."""


for part in (making, piloting, steering, looking):
    for command in part.COMMANDS:
        batch.add_command(command)
