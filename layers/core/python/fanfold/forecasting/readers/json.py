"""JSON, as records or as series, in one document or a line each; read piece by piece, however long.

Records are `[{"series_name": "a", "date": "2024-01-01", "value": 1}, …]`, one a line (JSONL), or under `data`,
`records`, `rows`. Series are `{"a": [1, 2], "b": {"values": […], "dates": […]}, "c": {"2024-01-01": 1, …}}` or
`[{"name": "a", "values": […]}, …]`, also under `series`. Tables of programs are `_frames`.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, BinaryIO

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.readers import Cell, ReadOptions, SourceTable, TableRow
from fanfold.forecasting.readers._frames import BESIDE, frame
from fanfold.forecasting.readers._json_stream import elements
from fanfold.forecasting.readers._words import ROLES, plain, title

WRAPPERS = ("series", "data", "records", "rows", "items")
HEADER: list[Cell] = ["series_name", "date", "value", "group"]
PEEKED = 100


class JsonReader:
    suffixes = (".json", ".jsonl", ".ndjson")
    seeks = False

    def tables(self, file: BinaryIO, name: str, options: ReadOptions) -> Iterator[SourceTable | Flaw]:
        found = enumerate(elements(file, options.encoding, WRAPPERS), 1)
        peeked = list(islice(found, PEEKED))
        if not peeked:
            raise Invalid("there is nothing in the file", Flaw(line=1, detail="the file is empty"))
        known = [one for _, one in peeked if not isinstance(one, Flaw)]
        everything = chain(peeked, found)
        if (framed := frame(known, everything)) is not None:
            yield SourceTable(name, framed.header, framed.rows, notes=framed.notes)
            return
        records = [value for key, value in known if key is None and _is_record(value)]
        if 2 * len(records) > len(known):
            header = list(dict.fromkeys(label for record in records for label in record))
            yield SourceTable(name, list(header), _records(everything, header))
        else:
            yield SourceTable(name, HEADER, _series(everything, name))


def _is_record(value: Any) -> bool:
    """Whether it is a row: a mapping of single values."""
    return isinstance(value, dict) and not any(isinstance(one, list | dict) for one in value.values())


def _records(found: "Iterable[tuple[int, Any]]", header: list[str]) -> Iterator[TableRow | Flaw]:
    for number, one in found:
        if isinstance(one, Flaw):
            yield one
        elif one[0] in BESIDE:
            continue
        elif not _is_record(one[1]):
            yield Flaw(line=number, detail="the record is no mapping of single values")
        else:
            yield TableRow(number, [_cell(one[1].get(label)) for label in header])


def _series(found: "Iterable[tuple[int, Any]]", name: str) -> Iterator[TableRow | Flaw]:
    """Long rows, numbered by series."""
    loose: list[Any] = []
    for number, one in found:
        if isinstance(one, Flaw):
            yield one
            continue
        key, value = one
        if key is None and not isinstance(value, list | dict):
            loose.append(value)
            continue
        try:
            yield from (TableRow(number, cells) for cells in _observations(key, value, number))
        except ValueError as error:
            called = _named(key, value.get("name") if isinstance(value, dict) else None, number)
            yield Flaw(line=number, field=called, detail=str(error))
            yield TableRow(number, [called, None, None, None])
    yield from (TableRow(at, [name, None, _cell(value), None]) for at, value in enumerate(loose, 1))


def _observations(key: str | None, value: Any, number: int) -> "Iterator[list[Cell]]":
    """The observations of one series. Raises ValueError if it is none."""
    if isinstance(value, list):
        yield from ([_named(key, None, number), *pair, None] for pair in _pairs(value))
        return
    if not isinstance(value, dict):
        raise ValueError(f"a series is a list or a mapping, not {value!r}"[:200])  # noqa: TRY004
    parts = _by_role(value)
    if isinstance(values := parts.get("value"), list):
        dates = parts.get("date")
        if isinstance(dates, list) and len(dates) != len(values):
            raise ValueError(f"there are {len(dates)} dates for {len(values)} values")
        called, group = _named(key, parts.get("name"), number), _cell(parts.get("group"))
        stamps = dates if isinstance(dates, list) else [None] * len(values)
        for stamp, one in zip(stamps, values, strict=True):
            yield [called, _cell(stamp), _cell(one), group]
        return
    if key is None:
        raise ValueError("a series has a name and values")
    for stamp, one in value.items():
        yield [title(key), stamp, _cell(one), None]


def _by_role(value: Mapping[str, Any]) -> dict[str, Any]:
    """Entries by the role of their label; the first label of a role counts."""
    labels = {plain(label): one for label, one in value.items()}
    return {role: next((labels[name] for name in known if name in labels), None) for role, known in ROLES.items()}


def _pairs(values: list[Any]) -> "Iterator[tuple[Cell, Cell]]":
    """Dates and values out of a list of numbers, of pairs or of records."""
    for one in values:
        if isinstance(one, list) and len(one) == 2:
            yield _cell(one[0]), _cell(one[1])
        elif isinstance(one, dict):
            parts = _by_role(one)
            yield _cell(parts["date"]), _cell(parts["value"])
        else:
            yield None, _cell(one)


def _named(key: str | None, name: Any, number: int) -> str:
    return title(_cell(name)) or title(key) or str(number)


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)[:200]


PLUGIN = JsonReader()
