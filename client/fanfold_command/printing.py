"""What goes to stdout: a table on a terminal, tab-separated lines in a pipe, JSON when that is asked for."""

import json
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

import click
from pydantic import BaseModel

if TYPE_CHECKING:
    from rich.text import Text

ALL = ""
HEADER = "fanfold.header"
WIDE = 100
"""Characters of a terminal that is wide."""
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
WIDEST = 60
"""Characters of a value in a table on a terminal."""
UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
COLOURS = {"completed": "green", "succeeded": "green", "failed": "red", "expired": "red", "cancelled": "yellow"}
COLOURS |= {"warning": "yellow", "error": "red", "critical": "red"}

JOB = re.compile("[bf][0-9a-hjkmnp-tv-z]{25}")


C = TypeVar("C", bound=Callable[..., Any])


class Fields(click.ParamType[str]):
    """Names of fields, or nothing for all."""

    name = "fields"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if JOB.fullmatch(value):
            self.fail(f"{value} is a batch: write it before --json", param, ctx)
        return str(value)


_json_option = click.option(
    "--json",
    "fields",
    is_flag=False,
    flag_value=ALL,
    type=Fields(),
    metavar="[FIELDS]",
    help="Print JSON: all, or only these fields, as in id,progress.percent.",
)
_header_option = click.option(
    "--header",
    is_flag=True,
    expose_value=False,
    callback=lambda ctx, param, value: ctx.meta.update({HEADER: value}),
    help="In a pipe, print the names of the columns first.",
)


def json_option(command: C) -> C:
    """A command whose output can be had in other forms than its own."""
    return _json_option(_header_option(command))


class Column(NamedTuple):
    """A column, or a line of a record: its exact value, and what a terminal shows instead if that differs."""

    name: str
    exact: Callable[[Any], Any]
    shown: Callable[[Any], Any] | None = None
    yields: bool = False
    """Whether a narrow terminal may cut it short."""
    extra: bool = False
    """Whether only a wide terminal shows it."""


def show_rows(rows: Iterable[Any], columns: list[Column], fields: str | None, none: str) -> None:
    """A listing; `none` is what a terminal is told if it is empty."""
    if fields is not None:
        _json_rows(rows, fields)
    elif sys.stdout.isatty():
        _table(rows, columns, none)
    else:
        if click.get_current_context().meta.get(HEADER):
            click.echo("\t".join(column.name for column in columns))
        for row in rows:
            click.echo("\t".join(plain(column.exact(row)) for column in columns))


def show_record(record: BaseModel, columns: list[Column], fields: str | None) -> None:
    """One thing, a line a field. A terminal is not shown what is not known."""
    if fields is not None:
        click.echo(_json(picked(record.model_dump(mode="json"), fields)))
        return
    terminal = sys.stdout.isatty()
    for column in columns:
        value = (column.shown if terminal and column.shown else column.exact)(record)
        if not terminal:
            click.echo(f"{column.name}\t{plain(value)}")
        elif value not in (None, ""):
            click.echo(f"{column.name:12} {clean(value)}")


def as_json(record: BaseModel) -> str:
    """One thing as JSON, in lines for a terminal."""
    return _json(record.model_dump(mode="json"))


def plain(value: object) -> str:
    """A value as one cell of tab-separated text: whole, and on one line."""
    return "" if value is None else str(value).translate(ESCAPES)


def clean(value: object) -> str:
    """A value for a terminal: on one line, and without anything that steers it."""
    return "".join(each if each.isprintable() else " " for each in str(value))


def picked(whole: dict[str, Any], fields: str) -> dict[str, Any]:
    """These fields of it, or all; dots lead inside. Raises UsageError for one that there is not."""
    return {path: _at(whole, path) for path in fields.split(",")} if fields else whole


def check_fields(fields: str | None, model: type[BaseModel]) -> None:
    """Refuse a field that there is not, before anything is done. Raises UsageError."""
    for path in fields.split(",") if fields else ():
        inner: Any = model
        for name in path.split("."):
            if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
                break
            if name not in inner.model_fields:
                there = ", ".join(model.model_fields)
                raise click.UsageError(f"--json: there is no field {path!r}; there are {there}")
            inner = _model_in(inner.model_fields[name].annotation)


def _model_in(annotation: Any) -> Any:
    """The model that a field holds, if it holds one or nothing."""
    found = [each for each in get_args(annotation) if each is not type(None)]
    return found[0] if len(found) == 1 and type(None) in get_args(annotation) else annotation


def ago(stamp: str | None) -> str:
    """A time as a terminal shows it."""
    if not stamp:
        return ""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()
    return f"{span(max(seconds, 0), 1)} ago"


def waiting_line(waiting: Any) -> str:
    """What something waits for, since when, until when, and in whose words."""
    said = [waiting.reason.replace("_", " "), f"for {ago(waiting.since).removesuffix(' ago')}"]
    if waiting.next_try:
        left = (datetime.fromisoformat(waiting.next_try) - datetime.now(UTC)).total_seconds()
        said.append(f"tried again in {span(left, 1)}" if left > 0 else "being tried again")
    return ", ".join(said) + (f": {waiting.said}" if waiting.said else "")


def span(seconds: float, units: int = 2) -> str:
    """A length of time in its largest units."""
    left, said = round(seconds), list[str]()
    for size, unit in UNITS:
        count, left = divmod(left, size)
        if count or (unit == "s" and not said):
            said.append(f"{count} {unit}")
    return " ".join(said[:units])


def _at(whole: dict[str, Any], path: str) -> Any:
    found: Any = whole
    for name in path.split("."):
        if found is None:
            return None
        if not isinstance(found, dict) or name not in found:
            raise click.UsageError(f"--json: there is no field {path!r}; there are {', '.join(whole)}")
        found = found[name]
    return found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)


def _json_rows(rows: Iterable[Any], fields: str) -> None:
    """A JSON array, written as its rows come."""
    before = "[\n"
    for row in rows:
        click.echo(before + _json(picked(row.model_dump(mode="json"), fields)), nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def _table(rows: Iterable[Any], columns: list[Column], none: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    columns = [column for column in columns if console.width >= WIDE or not column.extra]
    table = Table(box=None, pad_edge=False, header_style="bold")
    cells = [[_cell(column, row) for column in columns] for row in rows]
    used = [at for at in range(len(columns)) if any(row[at].plain for row in cells)]
    for at in used:
        width = max(row[at].cell_len for row in cells)
        least = None if columns[at].yields else width
        table.add_column(columns[at].name, no_wrap=True, overflow="ellipsis", min_width=least)
    for row in cells:
        table.add_row(*(row[at] for at in used))
    console.print(table if cells else none)


def _cell(column: Column, row: Any) -> "Text":
    from rich.text import Text

    value = (column.shown or column.exact)(row)
    text = clean("" if value is None else value)
    short = text if len(text) <= WIDEST or not column.yields else text[: WIDEST - 1] + "…"
    return Text(short, style=COLOURS.get(text, ""), overflow="ellipsis", no_wrap=True)
