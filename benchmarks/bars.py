"""What a benchmark found, held against the bar it has to pass."""

from collections.abc import Iterable
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Bar(NamedTuple):
    """A figure and its bar, in words; `ok` is None for what is only told."""

    what: str
    figure: str
    bar: str = ""
    ok: bool | None = None


VERDICTS = {True: "[green]ok[/]", False: "[bold red]MISSED[/]", None: ""}


def report(title: str, bars: Iterable[Bar]) -> int:
    """Print the one table; 1 if a bar was missed."""
    found = list(bars)
    table = Table("what", "figure", "bar", "", title=title, title_justify="left")
    for each in found:
        table.add_row(each.what, each.figure, each.bar, VERDICTS[each.ok])
    console = Console()
    (console if console.is_terminal else Console(width=150)).print(table)
    return int(any(each.ok is False for each in found))
