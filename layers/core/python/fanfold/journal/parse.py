"""A body as entries: what is good is taken, what is not is named by its place.

Almost every POST is good throughout, so all entries are tried together first, and one by one only if that fails.
"""

import json
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError

from fanfold.errors import Invalid, TooLarge
from fanfold.journal.entry import JOBS, MOST_ENTRY_BYTES, NewEntry, dumps
from fanfold.problems import flaws
from fanfold.values import MOST_LEVELS, is_deeper

MOST_ENTRIES = 1000
MOST_STREAMS = 20
LATEST = timedelta(days=7)
"""How long before its acceptance an entry may have happened."""
AHEAD = timedelta(minutes=10)
"""How far a clock may be ahead of ours."""
ALL = TypeAdapter(list[NewEntry])
PLAIN_GZIP = 31
"""zlib's word for gzip."""
MOST_MEMBERS = 1000
MOST_DIGITS = 4300
"""Python reads no whole number of more; https://docs.python.org/3/library/stdtypes.html#int-max-str-digits."""


class EntryError(BaseModel):
    """Why an entry was not taken. `status` is what it would be answered alone."""

    entry: int
    status: int = 400
    field: str | None = None
    detail: str


class Parsed(NamedTuple):
    """The good entries of a body by their place, and what is wrong with the others."""

    good: list[tuple[int, NewEntry]]
    troubles: list[EntryError]
    places: int
    """Entries that there were, good or not; those over the limit count as one."""


def unzipped(body: bytes, most: int) -> bytes:
    """A gzip body as it was, all of its members. Raises Invalid, and TooLarge for one that is over `most` bytes inside.

    https://www.rfc-editor.org/rfc/rfc1952#section-2.2
    """
    plain, rest, members = b"", body, 0
    while rest or not members:
        unzip = zlib.decompressobj(PLAIN_GZIP)
        try:
            plain += unzip.decompress(rest, most + 1 - len(plain))
        except zlib.error:
            raise _no_gzip(members) from None
        if len(plain) > most:
            raise TooLarge(f"the body is over {most:,} bytes when unpacked: send fewer entries at once", field="body")
        if not unzip.eof:
            raise Invalid("the gzip body is cut off", field="body")
        rest, members = unzip.unused_data, members + 1
        if members > MOST_MEMBERS:
            raise Invalid(f"the gzip body has over {MOST_MEMBERS:,} members: send one", field="body")
    return plain


def _no_gzip(members: int) -> Invalid:
    if members:
        return Invalid("behind the gzip body is something that is no gzip", field="body")
    said = "the body is no gzip as it arrived here: send it with Content-Type: application/gzip"
    return Invalid(said, field="body")


def parse(body: bytes, now: datetime, *, own: bool = False) -> Parsed:
    """The entries of a body: `{"entries": […]}`, or one entry alone. Raises Invalid for what is neither.

    Only Fanfold itself (`own`) may write the stream of job events.
    """
    raw = _listed(_json(body))
    over = len(raw) > MOST_ENTRIES
    known = raw[:MOST_ENTRIES]
    good, troubles = _together(known, now, own) if len(body) <= MOST_ENTRY_BYTES else (None, [])
    if good is None:
        good, troubles = _one_by_one(known, now, own)
    if over:
        said = f"a POST takes {MOST_ENTRIES:,} entries; {len(raw) - MOST_ENTRIES:,} from this one on were not taken"
        troubles.append(EntryError(entry=MOST_ENTRIES, status=413, detail=said))
    return Parsed(good, troubles, len(known) + over)


def _json(body: bytes) -> Any:
    """JSON that may hold bytes that are no UTF-8: they become surrogates, which no good entry has."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        return _loaded(text)
    except RecursionError:
        raise Invalid("the body is nested too deeply", field="body") from None
    except ValueError as error:
        raise Invalid(f"not valid JSON: {error}", field="body") from None


def _loaded(text: str) -> Any:
    """The body; a number that is too long to be read becomes one that no good entry has."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return json.loads(text, parse_int=_whole, parse_constant=_no_constant)


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= MOST_DIGITS else inf


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _listed(body: Any) -> list[Any]:
    if not isinstance(body, dict):
        raise Invalid('send {"entries": […]}, or one entry as an object', field="body")
    if "entries" not in body:
        return [body]
    if body.keys() != {"entries"} or not isinstance(body["entries"], list):
        raise Invalid("beside a list of entries there is nothing in the body", field="entries")
    if not body["entries"]:
        raise Invalid("there are no entries in it", field="entries")
    return body["entries"]


def _together(
    raw: Sequence[Any], now: datetime, own: bool
) -> tuple[list[tuple[int, NewEntry]] | None, list[EntryError]]:
    """All of them if there is nothing wrong with any."""
    try:
        dumps(raw).encode()
        good = ALL.validate_python(raw)
    except (ValueError, RecursionError):
        return None, []
    early, late = now - LATEST, now + AHEAD
    if any(is_deeper(entry.context) for entry in good):
        return None, []
    for entry in good:
        if entry.timestamp is not None and not early <= entry.timestamp <= late:
            return None, []
    streams = {entry.stream for entry in good}
    if len(streams) > MOST_STREAMS or (JOBS in streams and not own):
        return None, []
    return list(enumerate(good)), []


def _one_by_one(raw: Sequence[Any], now: datetime, own: bool) -> tuple[list[tuple[int, NewEntry]], list[EntryError]]:
    good: list[tuple[int, NewEntry]] = []
    troubles: list[EntryError] = []
    streams: set[str] = set()
    for place, each in enumerate(raw):
        found = _checked(place, each, now, own)
        if isinstance(found, NewEntry) and len(streams | {found.stream}) > MOST_STREAMS:
            said = f"a POST may name {MOST_STREAMS} streams, and this is one more"
            found = [EntryError(entry=place, field="stream", detail=said)]
        if isinstance(found, NewEntry):
            good.append((place, found))
            streams.add(found.stream)
        else:
            troubles += found
    return good, troubles


def _checked(place: int, raw: Any, now: datetime, own: bool) -> NewEntry | list[EntryError]:
    """The entry, or what is wrong with it."""
    try:
        size = len(dumps(raw).encode())
    except UnicodeEncodeError:
        return [EntryError(entry=place, detail="it has bytes that are not UTF-8, or half of a surrogate pair")]
    except (ValueError, RecursionError):
        return [EntryError(entry=place, detail="it has a number that JSON does not have, or is nested too deeply")]
    if size > MOST_ENTRY_BYTES:
        said = f"it has {size:,} bytes, and an entry may have {MOST_ENTRY_BYTES:,}"
        return [EntryError(entry=place, status=413, detail=said)]
    try:
        entry = NewEntry.model_validate(raw)
    except ValidationError as error:
        return [EntryError(entry=place, field=flaw.field, detail=flaw.detail) for flaw in flaws(error)]
    if is_deeper(entry.context):
        said = f"it is nested over {MOST_LEVELS} levels deep"
        return [EntryError(entry=place, field="context", detail=said)]
    if entry.timestamp and not now - LATEST <= entry.timestamp <= now + AHEAD:
        said = "the timestamp is over 7 days ago, or over 10 minutes ahead"
        return [EntryError(entry=place, field="timestamp", detail=said)]
    if entry.stream == JOBS and not own:
        return [EntryError(entry=place, field="stream", detail=f"the stream {JOBS!r} is written by Fanfold alone")]
    return entry
