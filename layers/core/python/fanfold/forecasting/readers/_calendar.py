"""Years and their periods in columns of their own, put together as one column of dates."""

from collections.abc import Callable, Sequence

from fanfold.errors import Flaw
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import Block
from fanfold.forecasting.readers._blocks import Found
from fanfold.forecasting.readers._words import PERIOD_WORDS, ROLES, YEAR_WORDS, plain, title

PARTIAL = frozenset(
    {"day", "week", "month", "quarter", "year", "period", "mese", "anno", "mes", "ano", "mois", "annee"}
)
DATED = "date"
"""What the column that is put together is called."""
Writing = Callable[[str, str], str]


def put_together(header: Sequence[Cell], rows: Found) -> tuple[Sequence[Cell], Found, list[Note]]:
    """The table with one column of dates in the place of a year and a week, month or quarter, if it has those."""
    plains = [plain(cell) for cell in header]
    year = next((at for at, one in enumerate(plains) if one in YEAR_WORDS), None)
    if year is None or any(one in ROLES["date"] and one not in _partial() for one in plains):
        return header, rows, []
    for unit, words in PERIOD_WORDS.items():
        period = next((at for at, one in enumerate(plains) if one in words and at != year), None)
        if period is not None:
            called = f"{title(header[year])} and {title(header[period])}"
            note = Note("year_and_period", f"{called} together are the date", DATED)
            cells = [None if at in (year, period) else cell for at, cell in enumerate(header)]
            return [*cells, DATED], _dated(rows, year, period, len(header), WRITINGS[unit]), [note]
    return header, rows, []


def _partial() -> frozenset[str]:
    """Names of columns that hold a part of a date."""
    return PARTIAL | YEAR_WORDS | frozenset().union(*PERIOD_WORDS.values())


def _dated(rows: Found, year: int, period: int, width: int, writing: Writing) -> Found:
    for block in rows:
        if isinstance(block, Flaw):
            yield block
            continue
        pairs = zip(map(title, block.column(year)), map(title, block.column(period)), strict=True)
        made = [writing(*parts) if all(parts) else None for parts in pairs]
        yield Block(block.lines, [*(block.column(at) for at in range(width)), made])


def _number(text: str) -> str:
    """The digits of a number such as `5`, `W05` or `Q1`; nothing for a word."""
    digits = text.lstrip("WwQqPpMmKk.").strip()
    return digits if digits.isdecimal() else ""


def _week(year: str, week: str) -> str:
    return f"{year} W{_number(week)}"


def _month(year: str, month: str) -> str:
    return f"{year} P{_number(month)}" if _number(month) else f"{month} {year}"


def _quarter(year: str, quarter: str) -> str:
    return f"{year} Q{_number(quarter)}"


WRITINGS: dict[str, Writing] = {"week": _week, "month": _month, "quarter": _quarter}
