"""Ids that sort by the moment an entry was accepted, then by its place in its POST.

`e`, nine characters of milliseconds, ten of chance (50 bits), two of the place: base 32 as Crockford writes it.
"""

from datetime import UTC, datetime
from secrets import randbits

from fanfold.ids import ALPHABET, base32

DIGITS = {character: digit for digit, character in enumerate(ALPHABET)}
MOMENT, CHANCE, PLACE = 9, 10, 2
ORIGIN = 1 + MOMENT + CHANCE
LENGTH = ORIGIN + PLACE
FIRST, LAST = ALPHABET[0], ALPHABET[-1]


def origin(moment: datetime) -> str:
    """What the ids of one POST begin with; another each time."""
    return f"e{base32(millis(moment), MOMENT)}{base32(randbits(5 * CHANCE), CHANCE)}"


PLACES = [high + low for high in ALPHABET for low in ALPHABET]
"""The ends of the ids of a POST's entries, in order: 1,024 of them."""


def floor(moment: datetime) -> str:
    """The lowest id of that millisecond."""
    return f"e{base32(millis(moment), MOMENT)}".ljust(LENGTH, FIRST)


def is_id(text: str) -> bool:
    """Whether it has the form of an id."""
    return len(text) == LENGTH and text[0] == "e" and set(text[1:]) <= DIGITS.keys()


def is_origin(text: str) -> bool:
    """Whether it has the form of what ids begin with."""
    return len(text) == ORIGIN and text[0] == "e" and set(text[1:]) <= DIGITS.keys()


def accepted(id: str) -> datetime:
    """When the entry was accepted, to the millisecond."""
    number = 0
    for character in id[1 : 1 + MOMENT]:
        number = number * 32 + DIGITS[character]
    return datetime.fromtimestamp(number // 1000, UTC).replace(microsecond=number % 1000 * 1000)


def hour_of(id: str) -> str:
    """The hour in which the entry was accepted, as `2026-11-26T12`."""
    return hour(accepted(id))


def hour(moment: datetime) -> str:
    """The hour of a moment, as text that sorts."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")


def beginning(hour: str) -> datetime:
    """The first moment of an hour."""
    return datetime.fromisoformat(f"{hour}:00:00+00:00")


def millis(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)
