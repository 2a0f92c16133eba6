"""Ids in base 32 as Crockford writes it: no letter that is taken for a digit or another letter."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def base32(number: int, places: int) -> str:
    """The last `places` digits of the number, five bits each, the highest first."""
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(places)))
