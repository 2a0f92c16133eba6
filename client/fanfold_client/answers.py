"""What every answer of the service is. Fields that this client does not know yet are kept."""

from pydantic import BaseModel, ConfigDict

OVER = frozenset({"completed", "failed", "cancelled", "deleting"})
"""The states of batches and forecasts in which nothing more happens by itself."""
WRITTEN = frozenset({"completed", "failed", "cancelled"})
"""The same of writing jobs."""


class Answer(BaseModel):
    """An answer of the service, or a part of one."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)


class NoteLine(Answer):
    """A note that reads as a line."""

    detail: str = ""
    column: str | None = None
    evidence: str | None = None
    option: str | None = None
    certain: bool = True

    def __str__(self) -> str:
        said = f"{self.column}: {self.detail}" if self.column else self.detail
        why = f" ({self.evidence})" if self.evidence else ""
        settles = f", {self.option} settles it" if self.option else ""
        return f"{said}{why}{'' if self.certain else f'; this is uncertain{settles}'}"
