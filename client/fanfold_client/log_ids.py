"""Ids of the journal's entries: `e` and nine digits, base 32, of milliseconds lead each."""

LATE_SECONDS = 60.0
"""How long after its id is made an entry may come to be seen: no call of the service lasts longer."""
AHEAD_SECONDS = 600.0
"""How far this clock may be ahead of the service's."""
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def earlier(id: str) -> str:
    """The lowest id of a minute earlier."""
    millis = sum(DIGITS.index(digit) << (5 * place) for place, digit in enumerate(reversed(id[1:10])))
    return id_at(millis - LATE_SECONDS * 1000)


def id_at(millis: float) -> str:
    """The lowest id of that moment."""
    return "e" + "".join(DIGITS[max(0, int(millis)) >> (5 * place) & 31] for place in reversed(range(9)))
