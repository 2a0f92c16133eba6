"""Files that a schedule takes: those under a prefix of the tenant's inbox that has the date in it."""

import re
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from fanfold.errors import FileMissing, Invalid
from fanfold.ports import Blob, Blobs
from fanfold.schedules.work import Turn

INBOX = "inbox/{}/schedules/"
MOST_FILES = 100
GAP = re.compile(r"\{(date|year|month|day|hour)(?:-([1-9]\d{0,2}))?\}")
BRACE = re.compile(r"[{}]")
WRITTEN = {"date": "%Y-%m-%d", "year": "%Y", "month": "%m", "day": "%d", "hour": "%H"}


def _checked(text: str) -> str:
    if BRACE.search(GAP.sub("", text)):
        raise ValueError("in braces it takes {date}, {year}, {month}, {day}, {hour}, and {date-1} for the day before")
    if text.startswith("/") or ".." in text.split("/"):
        raise ValueError("it goes on from your inbox, and not out of it")
    return text


Prefix = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_checked)]
"""Where files lie, below `inbox/<tenant>/schedules/`: `sales/{date}/`, or `sales/{date-1}.csv`."""


def filled(prefix: str, local: datetime) -> str:
    """The prefix at a moment of a schedule's own clock; `{date-1}` is a day before it, `{hour-1}` an hour."""
    return GAP.sub(lambda found: _earlier(found[1], int(found[2] or 0), local).strftime(WRITTEN[found[1]]), prefix)


def files(turn: Turn, prefix: str, endings: tuple[str, ...], blobs: Blobs) -> list[Blob]:
    """The files that a turn takes, by name. Raises FileMissing for none that holds anything, Invalid for too many."""
    place = INBOX.format(turn.ref.tenant) + filled(prefix, turn.local)
    found = [each for each in blobs.under(place) if each.size and each.key.lower().endswith(endings)]
    if not found:
        raise FileMissing(f"no file came under {place}: its name ends in one of {', '.join(endings)}", place)
    if len(found) > MOST_FILES:
        raise Invalid(f"{len(found):,} files are under {place}, and may be {MOST_FILES}", field="prefix")
    return found


def _earlier(unit: str, back: int, local: datetime) -> datetime:
    if unit in ("year", "month"):
        months = local.year * 12 + local.month - 1 - back * (12 if unit == "year" else 1)
        return local.replace(year=months // 12, month=months % 12 + 1, day=1)
    return local - (timedelta(hours=back) if unit == "hour" else timedelta(days=back))
