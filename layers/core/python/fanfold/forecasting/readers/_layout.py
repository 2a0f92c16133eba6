"""What a table's columns mean: long, one column a series, or one row a series."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.dates import Dates
from fanfold.forecasting.readers import Cell, Row
from fanfold.forecasting.readers._numbers import Numbers

ROLES: dict[str, tuple[str, ...]] = {
    "name": (
        *("series_name", "serie_name", "unique_id", "series_id", "series", "name", "id", "item_id", "item", "sku"),
        *("product_id", "product", "article", "material", "part", "part_number", "ts_id", "timeseries", "key", "code"),
        *("serie", "nome", "nome_serie", "codice", "articolo", "prodotto", "nombre", "nombre_serie", "codigo"),
        *("articulo", "producto", "nom", "nom_serie", "produit", "reference", "artikel", "produkt"),
        *("序列", "系列", "名称", "序列名称", "产品", "商品", "编号"),
    ),
    "date": (
        *(
            "date",
            "ds",
            "timestamp",
            "datetime",
            "time",
            "day",
            "period",
            "month",
            "week",
            "quarter",
            "year",
            "date_time",
        ),
        *(
            "data",
            "giorno",
            "mese",
            "periodo",
            "anno",
            "fecha",
            "dia",
            "mes",
            "ano",
            "jour",
            "mois",
            "periode",
            "annee",
        ),
        *(
            "datum",
            "monat",
            "日期",
            "时间",
            "月份",
            "年份",
            "step",
            "t",
            "index",
            "forecast_day",
            "dates",
            "timestamps",
        ),
    ),
    "value": (
        *("value", "y", "target", "quantity", "qty", "sales", "demand", "units", "volume", "amount", "count", "values"),
        *(
            "actual",
            "observation",
            "valore",
            "quantita",
            "vendite",
            "domanda",
            "valor",
            "cantidad",
            "ventas",
            "demanda",
        ),
        *(
            "valeur",
            "quantite",
            "ventes",
            "demande",
            "wert",
            "menge",
            "absatz",
            "值",
            "数值",
            "数量",
            "销量",
            "销售",
            "需求",
        ),
    ),
    "group": ("group", "gruppo", "grupo", "groupe", "gruppe", "组", "分组"),
}
"""Names a column may have for its role, those before others first; case, accents, spaces and hyphens do not matter."""
NUMBERED = re.compile(r"[^\W\d]*[\s_\-]?(\d+)")
"""A label that counts steps: `V2`, `t_10`, `7`."""
MOST_COLUMNS = 100_000


class Seen(NamedTuple):
    """One observation as it is written."""

    name: str
    line: int
    date: Cell
    value: Cell
    group: str | None


@dataclass(frozen=True)
class Layout:
    """How observations are taken out of rows, and the columns they are judged by."""

    kind: str
    signature: tuple[str, ...]
    """Tables of the same signature are judged together."""
    dated: bool
    take: Callable[[Row], Iterator[Seen | Flaw]]
    notes: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    date_column: str = "date"
    value_column: str = "value"


def plain(cell: Cell) -> str:
    """A column's name as it is compared."""
    letters = unicodedata.normalize("NFKD", str(cell).strip().casefold())
    return re.sub(r"[\s\-]+", "_", "".join(each for each in letters if not unicodedata.combining(each)))


def title(cell: Cell) -> str:
    """A cell as a name: without blanks around it, whole numbers without a point, halves of surrogate pairs as `?`."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    return text if text.isascii() else text.encode(errors="replace").decode()


def layout(name: str, header: Sequence[Cell], first: Sequence[Row], given: Mapping[str, str], line: int) -> Layout:
    """The layout of a table with that header and these first rows. Raises Invalid if it has none."""
    if len(header) > MOST_COLUMNS:
        raise Invalid(
            f"the table has {len(header):,} columns, more than {MOST_COLUMNS:,}: one row an observation, "
            "with the columns series_name, date and value, takes any number",
            Flaw(line=line, detail="too many columns"),
        )
    roles = _roles(header, given, line)
    rest = [at for at, cell in enumerate(header) if at not in roles.values() and _named(cell)]
    if "value" not in roles and "name" in roles and "date" in roles and len(rest) == 1:
        roles["value"] = rest.pop()
    if "name" not in roles and {"date", "value"} <= roles.keys() and len(rest) == 1 and _texts(rest[0], first):
        roles["name"] = rest.pop()
    if "value" in roles and ("name" in roles or not rest):
        _once(header, roles, line)
        return _long(name, header, roles, rest)
    if "value" in roles:
        rest = sorted([*rest, roles.pop("value")])
    return _wide(name, header, first, roles, rest, line)


def _roles(header: Sequence[Cell], given: Mapping[str, str], line: int) -> dict[str, int]:
    """Column numbers by role: as told, else by name. Raises Invalid for a column told that is not there."""
    plains = [plain(cell) for cell in header]
    places: dict[str, int] = {}
    for at, one in enumerate(plains):
        places.setdefault(one, at)
    roles = {}
    for role, column in given.items():
        if plain(column) not in places:
            shown = ", ".join(title(cell) for cell in header[:20])
            raise Invalid(
                f"there is no column {column!r}; there are {shown}",
                Flaw(field=column, line=line, detail="no such column"),
            )
        roles[role] = places[plain(column)]
    for role, known in ROLES.items():
        free = (places[one] for one in known if one in places and places[one] not in roles.values())
        if role not in roles and (found := next(free, None)) is not None:
            roles[role] = found
    return roles


def _once(header: Sequence[Cell], roles: Mapping[str, int], line: int) -> None:
    """Raises Invalid if a column that matters is there twice."""
    plains = [plain(cell) for cell in header]
    for at in roles.values():
        if plains.count(plains[at]) > 1:
            column = title(header[at])
            raise Invalid(f"two columns are called {column!r}", Flaw(field=column, line=line, detail="there twice"))


def _named(cell: Cell) -> bool:
    """Whether the column has a name of its own, and not one that pandas gave to its index."""
    return bool(title(cell)) and not plain(cell).startswith(("unnamed:", "__index_level_"))


def _texts(at: int, first: Sequence[Row]) -> bool:
    """Whether the column holds words, not numbers."""
    numbers = Numbers()
    cells = [row.cells[at] for row in first if at < len(row.cells) and row.cells[at] not in (None, "")]
    return any(not _is_number(cell, numbers) for cell in cells)


def _is_number(cell: Cell, numbers: Numbers) -> bool:
    try:
        numbers.parse(cell)
    except ValueError:
        return isinstance(cell, str) and bool(re.fullmatch(r"[-+]?[\d.,\s]+", cell))
    return True


def _long(name: str, header: Sequence[Cell], roles: Mapping[str, int], rest: Sequence[int]) -> Layout:
    at_name, at_date, at_value, at_group = (roles.get(role, -1) for role in ("name", "date", "value", "group"))
    column = title(header[at_name]) if at_name >= 0 else ""
    last = max(roles.values())

    def take(row: Row) -> Iterator[Seen | Flaw]:
        line, cells = row
        if len(cells) <= last:
            cells = [*cells, *[None] * (last + 1 - len(cells))]
        called = title(cells[at_name]) if at_name >= 0 else name
        if not called:
            yield Flaw(line=line, field=column, detail="the series has no name")
            return
        group = title(cells[at_group]) or None if at_group >= 0 else None
        yield Seen(called, line, cells[at_date] if at_date >= 0 else None, cells[at_value], group)

    unused = ", ".join(title(header[at]) for at in rest[:20])
    return Layout(
        "long",
        ("long", *(title(cell) for cell in header)),
        at_date >= 0,
        take,
        notes=(f"columns that are not used: {unused}",) if rest else (),
        date_column=title(header[at_date]) if at_date >= 0 else "date",
        value_column=title(header[at_value]),
    )


def _wide(
    name: str, header: Sequence[Cell], first: Sequence[Row], roles: dict[str, int], rest: list[int], line: int
) -> Layout:
    labels = [header[at] for at in rest]
    if "date" not in roles and rest:
        if "name" not in roles and _are_dates(labels[1:]):
            roles["name"], rest, labels = rest[0], rest[1:], labels[1:]
        if "name" in roles and (_are_dates(labels) or _count(labels)):
            return _by_row(header, roles, rest, dated=not _count(labels))
        if "name" not in roles and len(rest) > 1 and _are_dates([_cell(row, rest[0]) for row in first]):
            roles["date"] = rest.pop(0)
    at_date = roles.get("date")
    if at_date is None and any(_is_datum(label) for label in labels):
        raise _unknown(header, roles, line)
    if at_date is not None and _are_dates([header[at_date]]):
        raise _unknown(header, roles, line)
    numbers = rest and any(_holds_numbers(at, first) for at in rest)
    if "name" in roles or not rest or not ("date" in roles or numbers):
        raise _unknown(header, roles, line)
    return _by_column(name, header, roles, rest, line)


def _cell(row: Row, at: int) -> Cell:
    return row.cells[at] if at < len(row.cells) else None


def _holds_numbers(at: int, first: Sequence[Row]) -> bool:
    cells = [cell for row in first if (cell := _cell(row, at)) not in (None, "")]
    return bool(cells) and sum(_is_number(cell, Numbers()) for cell in cells) * 2 > len(cells)


def _are_dates(cells: Sequence[Cell]) -> bool:
    """Whether they are all dates, and not just numbers."""
    seen = Dates()
    known = [cell for cell in cells if cell not in (None, "")]
    for cell in known:
        seen.see(cell)
    seen.decide()
    return (
        bool(known)
        and seen.kind in ("index", "years", "months", "days")
        and all(not isinstance(seen.parse(cell), int | None) for cell in known)
    )


def _is_datum(cell: Cell) -> bool:
    """Whether a column's name is rather a number or a date: the table has no header then."""
    return bool(re.fullmatch(r"[-+]?\d[\d.,]*", title(cell))) or _are_dates([cell])


def _count(labels: Sequence[Cell]) -> bool:
    """Whether the labels count steps upwards."""
    found = [NUMBERED.fullmatch(title(label)) for label in labels]
    steps = [int(one[1]) for one in found if one]
    return (
        len(steps) == len(labels) and steps == list(range(steps[0], steps[0] + len(steps))) and not _are_dates(labels)
    )


def _by_row(header: Sequence[Cell], roles: Mapping[str, int], columns: Sequence[int], dated: bool) -> Layout:
    at_name, at_group = roles["name"], roles.get("group", -1)
    labels = [(at, header[at] if dated else None) for at in columns]

    def take(row: Row) -> Iterator[Seen | Flaw]:
        line, cells = row
        called = title(_cell(row, at_name))
        if not called:
            yield Flaw(line=line, field=title(header[at_name]), detail="the series has no name")
            return
        group = title(_cell(row, at_group)) or None if at_group >= 0 else None
        end = max((at for at, _ in labels if _cell(row, at) not in (None, "")), default=columns[0])
        for at, label in labels:
            if at <= end:
                yield Seen(called, line, label, cells[at] if at < len(cells) else None, group)

    return Layout("rows", ("rows", *(title(cell) for cell in header)), dated, take, date_column="the header")


def _by_column(
    name: str, header: Sequence[Cell], roles: Mapping[str, int], columns: Sequence[int], line: int
) -> Layout:
    at_date = roles.get("date", -1)
    series: dict[str, int] = {}
    flaws = []
    for at in columns:
        called = title(header[at])
        if called in series:
            flaws.append(Flaw(line=line, field=called, detail="a second column of that name is left out"))
        series.setdefault(called, at)
    places = tuple(series.items())

    def take(row: Row) -> Iterator[Seen | Flaw]:
        line, cells = row
        date = cells[at_date] if 0 <= at_date < len(cells) else None
        for called, at in places:
            yield Seen(called, line, date, cells[at] if at < len(cells) else None, None)

    return Layout(
        "columns",
        ("columns", *series),
        at_date >= 0,
        take,
        flaws=tuple(flaws),
        date_column=title(header[at_date]) if at_date >= 0 else "date",
    )


def _unknown(header: Sequence[Cell], roles: Mapping[str, int], line: int) -> Invalid:
    """Why the columns make no portfolio."""
    shown = ", ".join(title(cell)[:40] or "(empty)" for cell in header[:20])
    if any(_is_datum(cell) for cell in header):
        said = f"the first line has no column names but data: {shown}"
    else:
        missing = "value" if "name" in roles or "date" in roles else "name, date and value"
        said = f"there is no column for {missing}; the columns are: {shown}"
    wanted = "wanted are series_name,date,value or unique_id,ds,y, or a date column and one column a series"
    return Invalid(f"{said}; {wanted}", Flaw(line=line, field="value", detail=said))
