"""Tables as programs write them into JSON: pandas' `to_json` in each of its orients, and mappings of columns to lists.

`columns` is `{"sku": {"0": "A", …}, "qty": {"0": 104, …}}`, `index` is `{"0": {"sku": "A", "qty": 104}, …}`, `split`
has `columns` and `data`, `table` a `schema` and `data`, `values` rows without a header; `records` are records.
https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from fanfold.errors import Flaw
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import Cell, TableRow
from fanfold.forecasting.readers._kinds import are_dates
from fanfold.forecasting.readers._numbers import Numbers
from fanfold.forecasting.readers._words import ROLES, plain

BESIDE = frozenset({"schema", "index", "columns", "pandas_version"})
"""What stands beside the data of a table."""
LONGEST_INDEX = 9
"""Digits of a number that counts rows; more of them are a time."""
Elements = Sequence[tuple[str | None, Any]]
Rest = Iterator[tuple[int, Any]]


class Frame(NamedTuple):
    """A header, the rows under it, and what was decided about them."""

    header: "list[Cell]"
    rows: Iterator[TableRow | Flaw]
    notes: tuple[Note, ...] = ()


def frame(known: Elements, everything: Rest) -> Frame | None:
    """The table that the first elements show all of them to be; None if they are series or records."""
    data = [(key, value) for key, value in known if key not in BESIDE or not isinstance(value, list | dict)]
    columns = dict(known).get("columns")
    keyed = [(key, value) for key, value in data if key is not None]
    lists = [value for key, value in data if key is None and isinstance(value, list)]
    if isinstance(columns, list) and lists and len(lists) == len(data):
        index = dict(known).get("index")
        if isinstance(index, list) and _are_times(index):
            return Frame(["date", *map(_cell, columns)], _beside(map(_cell, index), _listed(everything)))
        return Frame(list(map(_cell, columns)), _listed(everything))
    if len(lists) == len(data) and (header := _without_header(lists)):
        said = f"rows without a header: their columns are taken for {', '.join(map(str, header))}"
        note = Note("no_header", said, None, "what the cells look like", "--column", certain=False)
        return Frame(header, _listed(everything), (note,))
    if not keyed or len(keyed) < len(known):
        return None
    if _are_columns(keyed):
        return _by_columns(everything)
    return _by_index(keyed, everything)


def _listed(everything: Rest) -> Iterator[TableRow | Flaw]:
    """Rows that are lists."""
    for number, one in everything:
        if isinstance(one, Flaw):
            yield one
        elif one[0] is None and isinstance(one[1], list):
            yield TableRow(number, list(map(_cell, one[1])))
        elif one[0] not in BESIDE:
            yield Flaw(line=number, detail="the row is no list")


def _beside(index: Iterator[Cell], rows: Iterator[TableRow | Flaw]) -> Iterator[TableRow | Flaw]:
    """Rows with their label in front."""
    for row in rows:
        yield row if isinstance(row, Flaw) else row._replace(cells=[next(index, None), *row.cells])


def _without_header(rows: Sequence[list[Any]]) -> "list[Cell]":
    """Names for the columns of rows that have none, by what they hold; nothing if they are lists of numbers."""
    widths = {len(row) for row in rows}
    if len(widths) != 1 or not 2 <= min(widths) <= 20 or any(isinstance(cell, list | dict) for cell in rows[0]):
        return []
    columns = list(zip(*rows, strict=True))
    date = next((at for at, cells in enumerate(columns) if _are_times(cells)), None)
    words = [at for at, cells in enumerate(columns) if at != date and _are_words(cells)]
    numbers = [at for at in range(len(columns)) if at != date and at not in words]
    if date is None or not numbers or (len(columns) > 2 and not words):
        return []
    header: list[Cell] = [f"column {at + 1}" for at in range(len(columns))]
    header[date], header[numbers[-1]] = "date", "value"
    if words:
        header[words[0]] = "name"
    return header


def _are_columns(keyed: Elements) -> bool:
    """Whether the elements are columns: of the same length, with a date or words among them."""
    shapes = {type(value) for _, value in keyed}
    if len(keyed) < 2 or len(shapes) != 1 or not shapes <= {list, dict}:
        return False
    if shapes == {dict}:
        indices = {tuple(value) for _, value in keyed}
        if len(indices) != 1 or not all(label.isdecimal() and len(label) <= LONGEST_INDEX for label in indices.pop()):
            return False
    columns = {key: _cells(value) for key, value in keyed}
    nested = any(isinstance(cell, list | dict) for cells in columns.values() for cell in cells)
    if nested or len(set(map(len, columns.values()))) != 1:
        return False
    dated = any(plain(key) in ROLES["date"] or _are_times(cells) for key, cells in columns.items())
    return dated or any(map(_are_words, columns.values()))


def _by_columns(everything: Rest) -> Frame:
    columns = [one for _, one in everything if not isinstance(one, Flaw)]
    rows = zip_longest(*(_cells(value) for _, value in columns))
    return Frame(
        [key for key, _ in columns], (TableRow(line, list(map(_cell, cells))) for line, cells in enumerate(rows, 1))
    )


def _by_index(keyed: Elements, everything: Rest) -> Frame | None:
    """Records under the labels of their rows, or rows under their dates."""
    if not all(isinstance(value, dict) and value for _, value in keyed):
        return None
    if any(isinstance(cell, list | dict) for _, value in keyed for cell in value.values()):
        return None
    labels = list(dict.fromkeys(label for _, value in keyed for label in value))
    if are_dates(list(labels)):
        return None
    indices = [str(key) for key, _ in keyed]
    if _are_times(indices):
        return Frame(["date", *labels], _labelled(everything, labels, dated=True))
    roles = {role for role, words in ROLES.items() if any(plain(label) in words for label in labels)}
    counted = all(label.isdecimal() for label in indices)
    if {"date", "value"} <= roles or (counted and roles & {"date", "value"}):
        return Frame(list(labels), _labelled(everything, labels, dated=False))
    return None


def _labelled(everything: Rest, labels: Sequence[str], *, dated: bool) -> Iterator[TableRow | Flaw]:
    for number, one in everything:
        if isinstance(one, Flaw):
            yield one
        elif not isinstance(one[1], dict):
            yield Flaw(line=number, detail="the row is no mapping of columns to values")
        else:
            cells = [_cell(one[1].get(label)) for label in labels]
            yield TableRow(number, [str(one[0]), *cells] if dated else cells)


def _cells(value: Any) -> Sequence[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _are_times(cells: Sequence[Any]) -> bool:
    """Whether they are dates, also in seconds or milliseconds since 1970."""
    return are_dates([_cell(cell) for cell in cells if cell is not None], share=0.95, clocks=True)


def _are_words(cells: Sequence[Any]) -> bool:
    """Whether they are texts, and no numbers."""
    numbers = Numbers()
    texts = [cell for cell in cells if isinstance(cell, str)]
    numbers.see_all(texts)
    numbers.decide()
    _, wrong = numbers.parse_all(texts)
    return 2 * len(texts) > len(cells) and 2 * len(wrong) > len(texts)


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return int(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)[:200]
