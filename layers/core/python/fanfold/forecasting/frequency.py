"""Frequencies by their many names: pandas' old and new letters, words in five languages."""

import re
from datetime import date

from fanfold.errors import Invalid

SPELLINGS: dict[str, tuple[str, ...]] = {
    "Y": (
        "y",
        "a",
        "ye",
        "ys",
        "ae",
        "as",
        "yearly",
        "year",
        "annual",
        "annually",
        "1y",
        "annuale",
        "anual",
        "annuel",
        "年",
    ),
    "Q": (
        "q",
        "qe",
        "qs",
        "bq",
        "bqs",
        "bqe",
        "quarterly",
        "quarter",
        "3m",
        "trimestrale",
        "trimestral",
        "trimestriel",
        "季",
    ),
    "M": ("m", "me", "ms", "bm", "bms", "bme", "monthly", "month", "mth", "1m", "mensile", "mensual", "mensuel", "月"),
    "W": ("w", "weekly", "week", "wk", "7d", "1w", "settimanale", "semanal", "hebdomadaire", "周"),
    "D": ("d", "daily", "day", "1d", "giornaliera", "giornaliero", "diaria", "diario", "quotidien", "journalier", "日"),
    "B": ("b", "c", "business", "business_days", "workdays", "businessday", "businessdays", "工作日"),
    "H": (
        "h",
        "bh",
        "hourly",
        "hour",
        "hr",
        "1h",
        "60min",
        "60t",
        "oraria",
        "orario",
        "horaria",
        "horario",
        "horaire",
        "小时",
    ),
}
SPELLINGS |= {
    "6M": ("6m", "half_year", "half_years", "half_yearly", "semester", "semestrale", "semestral", "semestriel", "hy"),
    "2M": ("2m", "bimonthly", "two_months", "bimestrale", "bimestral", "bimestriel"),
    "4W": ("4w", "28d", "four_weeks", "four_weekly"),
    "13P": ("13p", "13_periods", "thirteen_periods"),
    "2W": ("2w", "14d", "two_weeks", "biweekly", "fortnight", "fortnightly"),
    "30min": ("30min", "30t", "30m", "half_hour", "half_hourly"),
    "15min": ("15min", "15t", "15m", "quarter_hour", "quarter_hourly"),
    "10min": ("10min", "10t"),
    "5min": ("5min", "5t"),
}
"""Of the weeks of a retail calendar (`4-4-5/2024-01-01`) and of open days (`D/1111110`) the key is the only name."""
GIVEN = re.compile(r"4-4-5/\S+|4-5-4/\S+|5-4-4/\S+|D/[01]{7}", re.IGNORECASE)
NONE = ("", "none", "o", "u", "other", "others", "undated", "unknown", "auto")
KNOWN = {name: key for key, names in SPELLINGS.items() for name in names}


def spelled(text: str | None) -> str | None:
    """The engine's key of a frequency; what follows a hyphen (`W-SUN`, `QE-DEC`) does not matter. None if it is none.

    Raises Invalid for one that the engine has not.
    """
    if text and GIVEN.fullmatch(text.strip()):
        return _told(text.strip().upper())
    name = (text or "").strip().casefold().replace(" ", "_")
    name = KNOWN.get(name) or KNOWN.get(name.replace("-", "_")) or KNOWN.get(name.partition("-")[0]) or name
    if name in NONE:
        return None
    if name not in SPELLINGS:
        raise Invalid(f"there is no frequency {text!r}; there are {', '.join(SPELLINGS)}", field="frequency")
    return name


def _told(key: str) -> str:
    """A calendar with its open days or its first quarter. Raises Invalid."""
    family, _, rest = key.partition("/")
    try:
        sound = "1" in rest if family == "D" else bool(date.fromisoformat(rest))
    except ValueError:
        sound = False
    if not sound:
        raise Invalid(f"there is no frequency {key!r}: write D/1111110 or 4-4-5/2024-01-01", field="frequency")
    return key
