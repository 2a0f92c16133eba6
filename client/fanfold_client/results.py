"""Rows as lists, and as data frames where pandas or polars is installed."""

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Row = dict[str, Any]
Rows = list[Row]
Names = list[str]


class Results(Rows):
    """Rows in their order."""

    def to_pandas(self) -> "pd.DataFrame":
        """The rows as a pandas DataFrame; objects inside a row become columns, as in `usage.input_tokens`."""
        import pandas as pd

        return pd.json_normalize(self)

    def to_polars(self) -> "pl.DataFrame":
        """The rows as a polars DataFrame; objects inside a row stay structs."""
        import polars as pl

        return pl.DataFrame(list(self), infer_schema_length=None)


def rows_of(table: Any) -> Rows:
    """The rows of a list of dicts, or of a DataFrame of pandas or polars."""
    if hasattr(table, "to_dicts"):
        return list(table.to_dicts())
    if hasattr(table, "to_dict"):
        return list(table.to_dict("records"))
    return [dict(row) for row in table]


def table_row(header: Sequence[str], line: bytes) -> tuple[Sequence[str], Row]:
    """A line of a CSV as a row, with numbers as numbers; the first one is the header, and no row."""
    cells = next(csv.reader([line.decode("utf-8-sig").rstrip("\r")]), [])
    if not header:
        return cells, {}
    return header, {name: _number(cell) for name, cell in zip(header, cells, strict=False)}


def _number(cell: str) -> str | int | float | None:
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell or None
