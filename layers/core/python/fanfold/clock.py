"""Time as Fanfold keeps it: UTC, to the millisecond, as text that sorts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime

Clock = Callable[[], datetime]
FIRST_YEAR, LAST_YEAR = 1900, 9000
D = TypeVar("D", date, datetime)


def _within(given: D) -> D:
    """Far enough from both ends of the calendar that days can be added and taken away."""
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise ValueError(f"the year {given.year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return given


Moment = Annotated[AwareDatetime, AfterValidator(_within)]
"""A time that somebody gives, with its offset."""
Day = Annotated[date, AfterValidator(_within)]


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """`2026-11-22T21:07:00.123Z`: fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment(text: str) -> datetime:
    """The moment of a stamp."""
    return datetime.fromisoformat(text)
