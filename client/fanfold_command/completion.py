"""`fanfold completion`: what a shell needs to complete commands, options and batches."""

from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from fanfold_client import FanfoldError
from fanfold_command.session import CliContext

SHELLS = ("bash", "zsh", "fish")
OFFERED = 20
"""Batches that are offered, the newest."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes SHELL complete commands, options and batches.

    \b
    bash  eval "$(fanfold completion bash)" in ~/.bashrc
    zsh   eval "$(fanfold completion zsh)" in ~/.zshrc
    fish  fanfold completion fish > ~/.config/fish/completions/fanfold.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    root = context.find_root().command
    click.echo(kind(root, {}, "fanfold", "_FANFOLD_COMPLETE").source())


class BatchId(click.ParamType[str]):
    """A batch's id; a shell is offered the newest."""

    name = "job"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value or "/" in value:
            self.fail(f"{value!r} is no batch's id", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        root = ctx.find_root()
        session = root.obj
        if not isinstance(session, CliContext):
            return []
        session.profile_name = root.params.get("profile")
        try:
            found = [batch for _, batch in zip(range(OFFERED), session.fanfold.batches.list(), strict=False)]
        except (FanfoldError, click.ClickException):
            return []
        offers = (CompletionItem(each.id, help=each.name or each.state) for each in found)
        return [offer for offer in offers if offer.value.startswith(incomplete)]
