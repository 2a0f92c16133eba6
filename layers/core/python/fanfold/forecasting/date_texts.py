"""What people write around a date: the day of the week, `w/c`, and a range of dates, of which the first counts."""

import re
from collections.abc import Callable

ALONE = re.compile(r"\d[^\s/\u81f3\uff5e]*")
"""One word that begins with a digit: nothing stands around a date in it."""
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
"""A day as ISO 8601 has it, which can be no period."""
WEEKDAYS = frozenset(
    {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so", "tu", "we", "th", "su"}
    | {"lun", "mar", "mer", "gio", "ven", "sab", "dom", "mie", "jue", "vie", "jeu", "sam", "dim", "seg", "ter", "qua"}
    | {"qui", "sex", "die", "mit", "don", "fre", "son", "maa", "din", "woe", "vri", "zat", "zon", "man", "tir", "ons"}
    | {"tor", "lor", "pon", "wto", "sro", "czw", "pia", "sob", "nie"}
)
"""Beginnings of their names in the languages whose months are known."""
WEEK_OF = re.compile(
    r"(?:w/?[ce]|(?:week|wk)\.?\s+(?:commencing|beginning|starting|ending|of)|woche\s+(?:vom|ab)|semaine\s+du"
    r"|settimana\s+del|semana\s+del?)\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
WEEKDAY = re.compile(r"([^\W\d]{2,13})\.?,?\s+(?=\S)")
RANGE = re.compile(
    r"(.{6,}?)(?:\s+(?:-|\u2013|\u2014|~|to|bis|al?|au|t/m|do)\s+|\s*[/\u81f3\uff5e]\s*)(.{6,})", re.IGNORECASE
)


def bare(text: str, is_date: Callable[[str], bool]) -> str:
    """The text without what stands around a date, where a date is left by that."""
    for rest in _without(text):
        if is_date(rest):
            return rest
    return text


def _without(text: str) -> list[str]:
    found = WEEK_OF.match(text)
    rest = text[found.end() :] if found else text
    day = WEEKDAY.match(rest)
    if day and (day[1][:3].casefold() in WEEKDAYS or day[1].casefold() in WEEKDAYS):
        rest = rest[day.end() :]
    both = RANGE.fullmatch(rest)
    return [rest, both[1]] if both else [rest] if rest != text else []
