"""What was decided about a file: each decision is a record, told wherever its owner looks."""

from typing import Any, NamedTuple


class Note(NamedTuple):
    """A decision: what was decided about which column, what speaks for it, and the option that decides otherwise."""

    code: str
    """What kind of decision it is, in one word, such as `decimal_mark`."""
    detail: str
    """The decision, in words."""
    column: str | None = None
    evidence: str | None = None
    option: str | None = None
    certain: bool = True
    """Whether the evidence leaves no doubt."""

    def about(self, column: str) -> "Note":
        """The same of that column."""
        return self._replace(column=self.column or column)

    def record(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return self._asdict()

    def __str__(self) -> str:
        said = f"{self.column}: {self.detail}" if self.column else self.detail
        why = f" ({self.evidence})" if self.evidence else ""
        doubt = "" if self.certain else f"; this is uncertain{f', {self.option} settles it' if self.option else ''}"
        return f"{said}{why}{doubt}"
