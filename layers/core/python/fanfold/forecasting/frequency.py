"""Frequencies by their many names: pandas' old and new letters, words in five languages."""

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
NONE = ("", "none", "o", "u", "other", "others", "undated", "unknown", "auto")
KNOWN = {name: key for key, names in SPELLINGS.items() for name in names}


def spelled(text: str | None) -> str | None:
    """The engine's key of a frequency; what follows a hyphen (`W-SUN`, `QE-DEC`) does not matter. None if it is none.

    Raises Invalid for one that the engine has not.
    """
    name = (text or "").strip().casefold().replace(" ", "_")
    name = KNOWN.get(name) or KNOWN.get(name.partition("-")[0]) or name
    if name in NONE:
        return None
    if name not in SPELLINGS:
        raise Invalid(f"there is no frequency {text!r}; there are {', '.join(SPELLINGS)}", field="frequency")
    return name
