"""What stands in a cell of a table that people open in a spreadsheet."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take it for a formula."""
    return text.startswith(FORMULAS)


def harmless(cell: str | int | float | None) -> str | int | float | None:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if isinstance(cell, str) and is_formula(cell) else cell
