"""Which day a cell is: decided over the whole column, because 1/2/2024 alone can't tell."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from fanfold.forecasting.date_texts import ALONE, DAY, bare
from fanfold.forecasting.notes import Note
from fanfold.forecasting.periods import Period, Unit, beginning, full_year, period, unit_of, unpadded

Cell = str | int | float | None
"""A value of a table, as plain as JSON has it."""
REMEMBERED = 100_000
"""Distinct texts of a column whose meaning is kept at hand."""
TIME = r"(?:[ T,]+(\d{1,2})[:.h](\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?)?"
NUMERIC = re.compile(r"(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{4}|\d{2})" + TIME)
YEAR_FIRST = re.compile(r"(\d{4})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{1,2})" + TIME)
MONTH = re.compile(r"(\d{4})\s*[-/ ]?\s*[Mm]\s*(\d{1,2})")
CHINESE = re.compile(r"(\d{4})\s*年(?:\s*(\d{1,2})\s*月)?(?:\s*(\d{1,2})\s*[日号])?")
WORD_DAY = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?[\s\-/.]*(?:de\s+)?([^\W\d]+)\.?[\s\-/.,]*(?:de\s+)?(\d{4}|\d{2})"
)
DAY_WORD = re.compile(r"([^\W\d]+)\.?[\s\-/]*(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
WORD_YEAR = re.compile(r"([^\W\d]+)\.?[\s\-/.,']*(?:de\s+)?(\d{4}|\d{2})|(\d{4})[\s\-/.]*([^\W\d]+)\.?")
MONTHS = {
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10},
    **{"nov": 11, "dec": 12, "gen": 1, "mag": 5, "giu": 6, "lug": 7, "ago": 8, "set": 9, "ott": 10, "dic": 12},
    **{"mrz": 3, "mae": 3, "mrt": 3, "mei": 5, "maj": 5, "out": 10, "sty": 1, "lut": 2, "kwi": 4, "cze": 6, "lip": 7},
    **{"sie": 8, "wrz": 9, "paz": 10, "lis": 11, "gru": 12, "dic": 12},
    **{"ene": 1, "abr": 4, "fev": 2, "avr": 4, "mai": 5, "juin": 6, "juil": 7, "aou": 8, "okt": 10, "dez": 12},
}
"""Beginnings of months' names in English, Italian, Spanish, French, German, Portuguese, Dutch, Swedish and Polish."""
KINDS = ("days", "months", "periods", "postings", "quarters", "unpadded", "seconds", "milliseconds", "serial", "years")
CODED = frozenset({"months", "periods", "postings", "quarters", "unpadded"})
"""Kinds of whole numbers that are a year and a period of it."""
CALENDAR = frozenset({"days", "years", *CODED})
"""Kinds that are told by their digits alone."""
WHOLE = re.compile(r"\.0+$")
"""What programs put behind whole numbers."""
EXCEL_SAMPLE = 44197
EXCEL = "1899-12-30"
"""Day 0 of Excel's serial numbers."""


class Dates:
    """A column of dates: `see` each cell, `decide` once, then `parse` each. `notes` say what was decided and why."""

    def __init__(self, day_first: bool | None = None, years: bool = True, origin: str | None = None) -> None:
        self._given, self._years, self._origin = day_first, years, origin
        self._seen: set[Cell] = set()
        self._parsed: dict[Cell, datetime | int | None] = {}
        self._firsts: set[int] = set()
        self._seconds: set[int] = set()
        self._dotted = self._timed = False
        self._numbers = dict.fromkeys(KINDS, True)
        self._periods: set[int] = set()
        self._fiscal = False
        self.unit: Unit = "month"
        """What bare numbers of periods count."""
        self._integers = self._texts = 0
        self.kind = "index"
        self.day_first = False
        self.notes: list[Note] = []

    def read(self, cells: Sequence[Cell]) -> list[datetime | int | None]:
        """A whole column at once: what `parse` says of each cell, all of them being the evidence."""
        self.see_all(cells)
        self.decide()
        return [self.parse(cell) for cell in cells]

    def see_all(self, cells: Iterable[Cell]) -> None:
        """Take each cell as evidence."""
        for cell in set(cells).difference(self._seen):
            self.see(cell)

    def see(self, cell: Cell) -> None:
        """Take the cell as evidence."""
        if cell is None or cell in self._seen:
            return
        if len(self._seen) < REMEMBERED:
            self._seen.add(cell)
        number = _integer(cell)
        if number is not None:
            self._integers += 1
            self._narrow(number)
        elif isinstance(cell, str):
            self._see_text(_bare(cell.strip()))

    def _see_text(self, text: str) -> None:
        if found := NUMERIC.fullmatch(text):
            self._texts += 1
            self._dotted = self._dotted or "." in text[:5]
            self._timed = self._timed or (bool(found[4]) and (found[4], found[5]) != ("00", "00"))
            self._firsts.add(int(found[1]))
            self._seconds.add(int(found[2]))
        elif DAY.fullmatch(text):
            self._texts += written(text) is not None
        elif found_period := period(text):
            self._texts += 1
            self._fiscal = self._fiscal or "FY" in text.upper()
            if found_period.unit == "any":
                self._periods.add(found_period.number)
        elif text:
            self._texts += written(text) is not None

    def _narrow(self, number: int) -> None:
        """Rule out the kinds of dates that this number can't be."""
        kinds = self._numbers
        kinds["years"] = kinds["years"] and self._years and 1500 <= number <= 2200
        kinds["months"] = kinds["months"] and 180001 <= number <= 220012 and 1 <= number % 100 <= 12
        kinds["periods"] = kinds["periods"] and 180001 <= number <= 220053 and 1 <= number % 100 <= 53
        kinds["postings"] = kinds["postings"] and 1800001 <= number <= 2200016 and 1 <= number % 1000 <= 16
        kinds["quarters"] = kinds["quarters"] and 18001 <= number <= 22004 and 1 <= number % 10 <= 4
        kinds["unpadded"] = kinds["unpadded"] and unpadded(number) is not None
        if kinds["periods"]:
            self._periods.add(number % 100)
        elif kinds["unpadded"]:
            self._periods.add(number % 10 ** (len(str(number)) - 4))
        kinds["days"] = kinds["days"] and _day(number) is not None
        kinds["seconds"] = kinds["seconds"] and 10**8 <= number < 10**10
        kinds["milliseconds"] = kinds["milliseconds"] and 10**11 <= number < 10**13
        lowest, highest = (10_000, 80_000) if self._origin else (25_569, 73_050)
        kinds["serial"] = kinds["serial"] and lowest <= number <= highest

    @property
    def readable(self) -> bool:
        """Whether any cell could be read, as a date or as a number of steps."""
        return bool(self._texts or self._integers)

    def decide(self) -> None:
        """Settle what the evidence says; with none, the first number of 1/2/2024 is the month, of 1.2.2024 the day."""
        self._seen.clear()
        if self._integers:
            self.kind = next((kind for kind in KINDS if self._numbers[kind]), "index")
        self.unit = unit_of(self._periods)
        self._tell_periods()
        if self._firsts:
            self.day_first, why = self._order()
            order = "day" if self.day_first else "month"
            doubt = why.startswith("nothing")
            said = f"dates such as 1/2/2024 are read {order} first"
            self.notes.append(Note("day_first", said, None, why, "--day-first or --month-first", not doubt))
        if self.kind == "index" and self._texts == 0 and self._integers:
            self.notes.append(Note("steps", "the dates are whole numbers: they give the order alone"))

    def _tell_periods(self) -> None:
        """Say what bare numbers of periods, serial numbers and fiscal years were taken for."""
        if self._periods and self.kind in ("index", "periods", "unpadded") and self.unit != "month":
            largest = f"the largest number of a period is {max(self._periods)}"
            kinds = {"week": "periods such as 202405 are ISO weeks", "four weeks": "there are 13 periods of four weeks"}
            self.notes.append(Note("periods", kinds[self.unit], None, largest, None, self.unit == "week"))
        if self.kind == "serial" and self._origin is None:
            said = f"numbers such as {EXCEL_SAMPLE} are Excel's serial days: {EXCEL_SAMPLE} is 2021-01-01"
            self.notes.append(Note("serial_dates", said, None, "every number lies between 1970 and 2100", None, False))
        if self._fiscal:
            said = "fiscal years are taken for calendar years"
            self.notes.append(Note("fiscal_year", said, None, "the dates name a fiscal year", None, False))

    def _order(self) -> tuple[bool, str]:
        days_first, months_first = max(self._firsts) > 12, max(self._seconds) > 12
        if self._given is not None:
            return self._given, "as asked"
        if days_first and months_first:
            return True, "both orders occur, and what does not fit this one is left out"
        if days_first or months_first:
            return days_first, "the other order does not fit"
        if self._dotted:
            return True, "with points between them, the day comes first"
        if self._timed and 1 in (len(self._firsts), len(self._seconds)):
            return len(self._firsts) > len(self._seconds), "within a day of hours, the number that changes is the day"
        if len(self._firsts) == 1 < len(self._seconds):
            return True, "the first number never changes"
        if len(self._seconds) == 1 < len(self._firsts):
            return False, "the second number never changes"
        return False, "nothing in the column tells, --day-first or --month-first does"

    def parse(self, cell: Cell) -> datetime | int | None:
        """The cell's date, or its number if the column counts steps; None if it is neither."""
        if cell in self._parsed:
            return self._parsed[cell]
        found = self._parse(cell)
        if len(self._parsed) < REMEMBERED:
            self._parsed[cell] = found
        return found

    def _parse(self, cell: Cell) -> datetime | int | None:
        number = _integer(cell)
        if number is not None:
            return number if self.kind == "index" else _numbered(number, self.kind, self._origin, self.unit)
        if isinstance(cell, float) and self.kind == "serial":
            return _numbered(cell, self.kind, self._origin, self.unit)
        if not isinstance(cell, str):
            return None
        text = _bare(cell.strip())
        if found := NUMERIC.fullmatch(text):
            return _numeric(found, self.day_first)
        found_period = None if DAY.fullmatch(text) else period(text)
        return beginning(found_period, self.unit) if found_period else written(text)


def _bare(text: str) -> str:
    return text if ALONE.fullmatch(text) else bare(text, _is_date)


def _is_date(text: str) -> bool:
    return NUMERIC.fullmatch(text) is not None or written(text) is not None


def _integer(cell: Cell) -> int | None:
    if isinstance(cell, str):
        text = cell.strip()
        text = WHOLE.sub("", text)
        return int(text) if text.isdecimal() and len(text) < 16 else None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else None
    return cell


def _numbered(number: float, kind: str, origin: str | None, unit: Unit) -> datetime | None:
    if kind == "years":
        return datetime(int(number), 1, 1)
    if kind == "months":
        return _made(int(number) // 100, int(number) % 100, 1)
    if kind == "periods":
        return beginning(Period(int(number) // 100, int(number) % 100, "any"), unit)
    if kind == "postings":
        return beginning(Period(int(number) // 1000, int(number) % 1000, "month"), unit)
    if kind == "quarters":
        return beginning(Period(int(number) // 10, int(number) % 10, "quarter"), unit)
    if kind == "unpadded":
        found = unpadded(int(number))
        return None if found is None else beginning(found, unit)
    if kind == "days":
        return _day(int(number))
    if kind in ("seconds", "milliseconds"):
        return datetime(1970, 1, 1) + timedelta(seconds=number / (1 if kind == "seconds" else 1000))
    if kind == "serial":
        return datetime.fromisoformat(origin or EXCEL) + timedelta(seconds=round(number * 86400))
    return None


def _day(number: int) -> datetime | None:
    return _made(number // 10_000, number // 100 % 100, number % 100) if 1500_00_00 < number < 2300_00_00 else None


def _made(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _clock(hour: str | None, minute: str | None, second: str | None, half: str | None) -> tuple[int, int, int]:
    at = int(hour or 0)
    if half:
        at = at % 12 + (12 if half in "Pp" else 0)
    return at, int(minute or 0), int(second or 0)


def _numeric(found: "re.Match[str]", day_first: bool) -> datetime | None:
    day, month = (found[1], found[2]) if day_first else (found[2], found[1])
    return _made(full_year(found[3]), int(month), int(day), *_clock(*found.groups()[3:]))


@lru_cache(4096)
def written(text: str) -> datetime | None:
    """A date whose writing leaves no doubt: ISO 8601, a year in front, a month as a word, quarters, weeks."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        pass
    plain = unicodedata.normalize("NFKC", text)
    if found := YEAR_FIRST.fullmatch(plain):
        return _made(int(found[1]), int(found[2]), int(found[3]), *_clock(*found.groups()[3:]))
    if found := MONTH.fullmatch(plain):
        return _made(int(found[1]), int(found[2]), 1)
    if found := CHINESE.fullmatch(plain):
        return _made(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    return _worded(plain)


def _worded(text: str) -> datetime | None:
    if found := WORD_DAY.fullmatch(text):
        return _made(full_year(found[3]), _month(found[2]), int(found[1]))
    if found := DAY_WORD.fullmatch(text):
        return _made(int(found[3]), _month(found[1]), int(found[2]))
    if found := WORD_YEAR.fullmatch(text):
        return _made(full_year(found[2] or found[3]), _month(found[1] or found[4]), 1)
    return None


def _month(word: str) -> int:
    """The month of that name; 0 for any other word."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    return MONTHS.get(plain[:4], MONTHS.get(plain[:3], 0)) if len(plain) >= 3 else 0
