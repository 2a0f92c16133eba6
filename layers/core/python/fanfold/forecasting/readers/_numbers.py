"""What a cell is worth: decimal points and commas told apart over the whole column."""

import re
import unicodedata
from math import nan

from fanfold.forecasting.readers import Cell

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
BLANKS = re.compile(r"(?<=\d)[\s'\u2019](?=\d{3}(?!\d))")
"""Blanks and apostrophes that set thousands apart."""
MONEY = re.compile(r"^[€$£¥₹]|[€$£¥₹]$|^(?:eur|usd|gbp|chf|cny)|(?:eur|usd|gbp|chf|cny)$", re.IGNORECASE)
GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?"),
    ".": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?"),
}
"""Numbers with thousands set apart by that mark (India groups by two)."""


class Numbers:
    """A column of numbers: `see` each cell, `decide` once, then `parse` each."""

    def __init__(self, decimal: str | None = None, likely_comma: bool = False) -> None:
        self._given, self._likely = decimal, likely_comma
        self._points = self._commas = self._doubtful = 0
        self.decimal = "."
        self.notes: list[str] = []

    def see(self, cell: Cell) -> None:
        """Take the cell as evidence for one of the marks."""
        if not isinstance(cell, str):
            return
        if "," in cell:
            self._see_comma(cell.strip())
        elif "." in cell:
            tail = len(cell) - cell.rindex(".") - 1
            if cell.count(".") > 1:
                self._commas += 1
            elif tail != 3 or cell.lstrip(" +-").startswith(("0.", ".")):
                self._points += 1

    def _see_comma(self, text: str) -> None:
        last = text.rindex(",")
        if "." in text:
            self._commas += last > text.rindex(".")
            self._points += last < text.rindex(".")
        elif text.count(",") > 1:
            self._points += 1
        elif len(text) - last - 1 != 3 or text.lstrip("+-").startswith(("0,", ",")):
            self._commas += 1
        else:
            self._doubtful += 1

    def decide(self) -> None:
        """Settle the decimal mark; of evidence for both, the most counts."""
        if self._given:
            self.decimal = self._given
        elif self._commas or self._points:
            self.decimal = "," if self._commas > self._points else "."
        elif self._doubtful:
            self.decimal = "," if self._likely else "."
        if self.decimal == ",":
            self.notes.append("numbers have a decimal comma")
        elif self._doubtful or (self._points and self._commas):
            self.notes.append("numbers have a decimal point: commas set thousands apart")

    def parse(self, cell: Cell) -> float:
        """The cell's number, NaN where nothing is there. Raises ValueError if it is something else."""
        if cell is None:
            return nan
        if not isinstance(cell, str):
            return float(cell)
        if self.decimal == "." and "_" not in cell:
            try:
                return float(cell)
            except ValueError:
                pass
        return nan if cell.strip().casefold() in MISSING else self._written(cell)

    def _written(self, cell: str) -> float:
        text = BLANKS.sub("", unicodedata.normalize("NFKC", cell).replace("\u2212", "-").strip())
        negative = text.startswith("(") and text.endswith(")")
        text = MONEY.sub("", text.strip("()") if negative else text).strip()
        if "_" in text:
            raise ValueError(cell)
        thousands = "," if self.decimal == "." else "."
        if thousands in text:
            if not GROUPED[thousands].fullmatch(text):
                raise ValueError(cell)
            text = text.replace(thousands, "")
        number = float(text.replace(self.decimal, "."))
        return -number if negative else number
