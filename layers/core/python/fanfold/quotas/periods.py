"""Days and months of UTC, by which quotas begin anew."""

from datetime import UTC, datetime, timedelta


def day_ends(now: datetime) -> datetime:
    """The first moment of tomorrow."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


def month_ends(now: datetime) -> datetime:
    """The first moment of next month."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
