"""One cell of a column of numbers: its digits, its units, its sign, and its shape."""

import re
import unicodedata
from collections.abc import Sequence

MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "#n/a", "#na", "nan", "-nan", "null", "none", "nil", "nd", "n.d.", "s/d", "missing"}
    | {
        "-",
        "--",
        "---",
        "\u2013",
        "\u2014",
        "?",
        ".",
        "..",
        "...",
        "x",
        "*",
        "#value!",
        "#div/0!",
        "#ref!",
        "#name?",
        "#num!",
        "#null!",
    }
    | {"无", "缺失", "空", "inf", "-inf", "+inf", "infinity", "-infinity", "<na>", "nat"}
)
"""Spellings of a value that is not there; case does not matter."""
NO_CENTS = re.compile(r"(?<=\d)[.,](?:-{1,2}|\u2013|\u2014)(?=\D*$)")
"""What stands for no cents, as in 1.234,-"""
BLANKS = re.compile(r"(?<=\d)[\s'\u2019](?=\d{3}(?!\d))")
"""Blanks and apostrophes that set thousands apart."""
AFFIXED = re.compile(
    r"(?P<sign>[-+(]?)\s*(?P<before>[^\d\s.,+\-()]{1,4}\.?)?\s*(?P<number>[-+]?[\d.,]*\d)\s*(?P<after>.{0,16})"
)
"""A number with a unit or a currency around it, and a sign before or behind."""
UNIT = re.compile(r"[^\W\d_]{1,8}\.?|[%\u2030]|[^\W\d_]{1,4}/[^\W\d_]{1,6}|[^\w\s.,+\-()]{1,2}")
MONEY = frozenset(
    {"€", "$", "£", "¥", "₹", "₽", "₺", "₩", "฿", "r$", "us$", "a$", "c$", "nz$", "hk$", "s$", "zł", "kč", "kr", "ft"}
    | {"eur", "usd", "gbp", "chf", "cny", "rmb", "jpy", "inr", "rs", "rs.", "sek", "nok", "dkk", "pln", "czk", "huf"}
    | {"ron", "brl", "mxn", "krw", "try", "rub", "aud", "cad", "nzd", "sgd", "hkd", "zar", "lei", "rm", "fr", "fr."}
    | {"sfr", "sfr.", "€.", "euro"}
)
"""Units that need no second cell to be believed."""
TIMES = {
    **dict.fromkeys(("k", "tsd", "tsd.", "k€", "k$", "keur", "kusd", "t€", "teur"), 1_000),
    **dict.fromkeys(("mio", "mio.", "mln", "mn", "m€", "meur"), 1_000_000),
    **dict.fromkeys(("mrd", "mrd.", "bn"), 1_000_000_000),
}
"""What stands behind numbers that are so many times as large."""
GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?"),
    ".": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?"),
}
"""Numbers with thousands set apart by that mark (India groups by two)."""
DIGITS = bytes.maketrans(b"012345678", b"999999999")
SHAPED = re.compile(rb"[+-]?(9*)([.,])(9*)")
"""The shape of a number with one mark."""
MARKED = re.compile(rb"[+-]?[9.,]*9[9.,]*")
PLAIN_COMMA = re.compile(rb"[+-]?(?:9{1,3}(?:\.9{3})+|9+)(?:,9+)?")
"""The shape of a number with a decimal comma."""


def shapes_of(texts: Sequence[str]) -> list[bytes]:
    """The texts with a 9 for every digit; nothing if there is more in them than ASCII."""
    joined = "\n".join(texts)
    if not joined.isascii():
        return []
    shapes = joined.encode().translate(DIGITS).split(b"\n")
    return shapes if len(shapes) == len(texts) else []


def split(cell: str) -> tuple[str, tuple[str, ...], str | None] | None:
    """The number of a cell as written, its units, and where its minus stands; None if it is no number with a unit."""
    text = BLANKS.sub("", unicodedata.normalize("NFKC", cell).replace("\u2212", "-").strip().removeprefix("'"))
    text = NO_CENTS.sub("", text)
    brackets = text.startswith("(") and text.endswith(")")
    found = AFFIXED.fullmatch(text.strip("()").strip() if brackets else text)
    if found is None:
        return _scientific(text)
    number, behind = found["number"], found["after"].strip()
    negative = "before" if brackets or found["sign"] == "-" or number.startswith("-") else None
    if behind in ("-", "-CR") or (behind.startswith("-") and UNIT.fullmatch(behind[1:].strip())):
        behind, negative = behind[1:].strip(), "behind"
    units = tuple(each.casefold() for each in (found["before"] or "", behind) if each)
    before = (found["before"] or "").casefold()
    code = any(map(str.isalpha, before)) and before not in MONEY  # `P100` counts nothing
    if code or not all(UNIT.fullmatch(each) or each in MONEY for each in units):
        return _scientific(text)
    return number.lstrip("+-"), units, negative


def _scientific(text: str) -> tuple[str, tuple[str, ...], str | None] | None:
    """A number such as 1,5E+3."""
    found = re.fullmatch(r"([-+]?)(\d+(?:[.,]\d+)?[eE][-+]?\d{1,3})", text)
    return (found[2], (), "before" if found[1] == "-" else None) if found else None
