"""Periods as planning systems write them: weeks, quarters, half-years and posting periods of a year.

ISO 8601 weeks (`2024-W05`, `KW 5/2024`), quarters (`Q1'24`, `1Q24`, `Q1 FY24`), half-years (`2024H1`), SAP's posting
periods (`001.2021`, `2021001`), fiscal periods (`FY24 P01`). A year and a bare number (`2024-05`, `5/2024`) may be a
month, a week or one of 13 four-week periods: the column decides. Fiscal years are taken for calendar years.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

Unit = Literal["week", "month", "quarter", "half-year", "four weeks", "any"]
YEAR = r"(?:FY\s*)?'?(?P<year>\d{4}|\d{2})"
LONG = r"(?:FY\s*)?(?P<year>\d{4})"
SEP = r"\s*[-/., ]?\s*"
WEEK = r"(?:W|WK|KW|CW|WEEK|WOCHE|V|VECKA|UGE|UKE|SEM|SEMAINE|SEMANA|SETT|SETTIMANA)\.?\s*(?P<number>\d{1,2})"
QUARTER = r"(?:Q|T|QTR|TRIM)\.?\s*(?P<number>[1-4])"
HALF = r"(?:H|HY|S)\.?\s*(?P<number>[12])"
FISCAL = r"(?:P|PER|PD|PERIOD)\.?\s*(?P<number>\d{1,3})"
WRITINGS: tuple[tuple[Unit, str], ...] = (
    ("week", YEAR + SEP + WEEK),
    ("week", WEEK + SEP + YEAR),
    ("week", r"S(?P<number>\d{2})" + SEP + LONG),
    ("week", LONG + SEP + r"S(?P<number>\d{2})"),
    ("month", r"M\s*(?P<number>\d{1,2})" + SEP + LONG),
    ("week", r"(?P<year>\d{4})\s*年\s*第?\s*(?P<number>\d{1,2})\s*[周週]"),
    ("quarter", YEAR + SEP + QUARTER),
    ("quarter", QUARTER + SEP + YEAR),
    ("quarter", r"(?P<number>[1-4])\s*(?:Q|T)" + SEP + YEAR),
    ("quarter", LONG + SEP + r"(?P<number>[1-4])\s*(?:Q|T)"),
    ("quarter", r"(?P<year>\d{4})\s*年\s*第?\s*(?P<number>[1-4])\s*季度?"),
    ("half-year", LONG + SEP + HALF),
    ("half-year", HALF + SEP + YEAR),
    ("half-year", r"(?P<number>[12])\s*H" + SEP + YEAR),
    ("any", YEAR + SEP + FISCAL),
    ("any", FISCAL + SEP + YEAR),
    ("any", r"(?P<number>0\d\d)[./](?P<year>\d{4})"),
    ("any", r"(?P<year>\d{4})[./](?P<number>0\d\d)"),
    ("any", r"(?P<year>\d{4})\s*[/.\- ]\s*(?P<number>\d{1,2})"),
    ("any", r"(?P<number>\d{1,2})\s*[/.\- ]\s*(?P<year>\d{4})"),
)
PATTERNS = tuple((unit, re.compile(pattern, re.IGNORECASE)) for unit, pattern in WRITINGS)
LARGEST: dict[Unit, int] = {"week": 53, "month": 12, "quarter": 4, "half-year": 2, "four weeks": 13, "any": 53}


class Period(NamedTuple):
    """A period of a year, counted from 1."""

    year: int
    number: int
    unit: Unit


@lru_cache(4096)
def period(text: str) -> Period | None:
    """The period of a text; None if it is none."""
    for unit, pattern in PATTERNS:
        if found := pattern.fullmatch(text):
            year, number = full_year(found["year"]), int(found["number"])
            if 1800 <= year <= 2200 and 1 <= number <= LARGEST[unit]:
                return Period(year, number, unit)
    return None


def unpadded(number: int) -> Period | None:
    """The period of a year whose number has no zero in front: 20241 to 202412."""
    text = str(number)
    counted = text[4:]
    if not 1800 <= int(text[:4]) <= 2200 or len(text) not in (5, 6):
        return None
    if counted.startswith("0") or not 1 <= int(counted) <= 53:
        return None
    return Period(int(text[:4]), int(counted), "any")


def full_year(text: str) -> int:
    """Years of two digits lie between 1970 and 2069."""
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= 70 else 2000)


def unit_of(numbers: set[int]) -> Unit:
    """What bare numbers of periods count, by the largest of them."""
    largest = max(numbers, default=1)
    return "month" if largest <= 12 else "four weeks" if largest == 13 else "week"


def beginning(found: Period, unit: Unit) -> datetime | None:
    """The first day of a period; `unit` is what bare numbers count. None if its year has no such period."""
    counted = unit if found.unit == "any" else found.unit
    if not 1 <= found.number <= LARGEST[counted]:
        return None
    if counted == "week":
        return datetime.fromisocalendar(found.year, 1, 1) + timedelta(weeks=found.number - 1)
    if counted == "four weeks":
        return datetime.fromisocalendar(found.year, 1, 1) + timedelta(weeks=4 * (found.number - 1))
    months = {"month": 1, "quarter": 3, "half-year": 6}[counted]
    return datetime(found.year, months * (found.number - 1) + 1, 1)
