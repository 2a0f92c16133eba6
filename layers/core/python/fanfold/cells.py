"""What stands in a cell of a table that people open in a spreadsheet."""

import re
from collections.abc import Iterable

BEGINNINGS = "=+\\-@＝＋－＠"  # noqa: RUF001  (full-width signs: spreadsheets take them for the others)
FORMULA = re.compile(rf"[\t\r\n]|\s*[{BEGINNINGS}]")
INSIDE = re.compile(r";(?=\s*(?:[=＝@＠+＋]|[-－][\w(]))")  # noqa: RUF001
"""Where a cell is cut in two in countries whose lists have semicolons, and a formula would begin."""


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take it for a formula."""
    return FORMULA.match(text) is not None


def harmless(cell: str | int | float | None) -> str | int | float | None:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(cell, str):
        return cell
    marked = f"'{cell}" if is_formula(cell) else cell
    return INSIDE.sub(";'", marked) if ";" in marked else marked


def harmless_texts(cells: Iterable[str]) -> list[str]:
    """Texts of the user's, so that no spreadsheet takes one for a formula."""
    return [str(harmless(cell)) for cell in cells]
