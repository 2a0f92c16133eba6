"""Years and their periods, days and their hours in columns of their own, put together as one column of dates."""

import re
from collections.abc import Callable, Sequence
from itertools import chain

from fanfold.errors import Flaw
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import RowBlock
from fanfold.forecasting.readers._blocks import Found, peeked
from fanfold.forecasting.readers._words import PERIOD_WORDS, ROLES, TIME_WORDS, YEAR_WORDS, plain, title

PARTIAL = frozenset(
    {"day", "week", "month", "quarter", "year", "period", "mese", "anno", "mes", "ano", "mois", "annee"}
)
DAY_WORDS = frozenset({"date", "day", "data", "datum", "giorno", "fecha", "dia", "jour", "日期"})
CLOCK = re.compile(r"(?:[01]?\d|2[0-3])(?::[0-5]\d){0,2}")
ENOUGH = 20
"""Rows that show what a column holds."""
DATED = "date"
"""What the column that is put together is called."""
Writing = Callable[[str, str], str]
Together = tuple[Sequence[Cell], Found, list[Note]]


def put_together(header: Sequence[Cell], rows: Found) -> Together:
    """The table with one column of dates in the place of a year and a week, month or quarter, if it has those."""
    plains = [plain(cell) for cell in header]
    if (timed := _clock(header, plains, rows)) is not None:
        return timed
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


def _clock(
    header: Sequence[Cell], plains: Sequence[str], rows: Found
) -> tuple[Sequence[Cell], Found, list[Note]] | None:
    """The table with one column of times in the place of a day and an hour, if it has those."""
    day = next((at for at, one in enumerate(plains) if one in DAY_WORDS), None)
    hour = next((at for at, one in enumerate(plains) if one in TIME_WORDS and at != day), None)
    if day is None or hour is None:
        return None
    peek, first = peeked(rows, ENOUGH)
    rows = chain(peek, rows)
    cells = [title(row.cells[hour]) for row in first if hour < len(row.cells)]
    if not cells or not all(CLOCK.fullmatch(cell) for cell in cells):
        return header, rows, []
    note = Note("date_and_time", f"{title(header[day])} and {title(header[hour])} together are the date", DATED)
    left = [None if at in (day, hour) else cell for at, cell in enumerate(header)]
    return [*left, DATED], _dated(rows, day, hour, len(header), _timed), [note]


def _timed(day: str, hour: str) -> str:
    return f"{day} {int(hour):02}:00" if hour.isdecimal() else f"{day} {hour}"


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
        yield RowBlock(block.lines, [*(block.column(at) for at in range(width)), made])


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
