"""Days that a question is about."""

from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from fanfold.clock import Clock, Day
from fanfold.errors import Invalid

DAYS = 30
MOST_DAYS = 366


class DayRange(BaseModel):
    """Days of UTC, both included; the last 30 without."""

    model_config = ConfigDict(extra="forbid")

    since: Day | None = None
    until: Day | None = None

    def days(self, clock: Clock) -> tuple[date, date]:
        """The first and the last day. Raises Invalid for a range that is too long."""
        until = self.until or clock().date()
        since = self.since or until - timedelta(days=DAYS - 1)
        if not timedelta(0) <= until - since < timedelta(days=MOST_DAYS):
            raise Invalid(f"the range ends before it begins, or has over {MOST_DAYS} days", field="since")
        return since, until
