"""Choices that look random and are not: every one is a hash of what it is about."""

import hashlib


def share_of(*parts: object) -> float:
    """A number in [0, 1) fixed by `parts`."""
    return seed_of(*parts) / 2**64


def seed_of(*parts: object) -> int:
    """An unsigned 64-bit number fixed by `parts`."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def token_of(*parts: object) -> str:
    """24 hex digits fixed by `parts`, for identifiers inside answers."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def pick(total: int, share: float, *parts: object) -> frozenset[int]:
    """`round(share * total)` positions of `range(total)`, at least one when share and total are positive."""
    if total <= 0 or share <= 0:
        return frozenset()
    wanted = min(total, max(1, round(share * total)))
    return frozenset(sorted(range(total), key=lambda position: seed_of(*parts, position))[:wanted])
