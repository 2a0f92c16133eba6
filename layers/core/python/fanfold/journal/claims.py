"""Claims: that a client's id, or the key of a POST, has been taken, by which entry or POST, and with what body.

A claim is written in the same transaction as the entries it is of. It lasts for `DEDUPE_DAYS`.
"""

from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from fanfold.clock import Clock
from fanfold.journal.entry import Entry, NewEntry, dumps
from fanfold.ports import Change, Item, Key, Table

DEDUPE = timedelta(days=14)
ONLY = "-"


class EntryClaim(NamedTuple):
    """`owner` is the id of the entry, or the origin of the POST's ids."""

    key: Key
    owner: str
    print: str

    def change(self, clock: Clock) -> Change:
        """Take it, if nobody has."""
        kept = {"owner": self.owner, "print": self.print, "expires": int((clock() + DEDUPE).timestamp())}
        return Change(key=self.key, set=kept, expect={"owner": None})


def of_entry(tenant: str, entry: Entry, posted: NewEntry) -> EntryClaim:
    """An entry's claim to its client id."""
    return EntryClaim(_key(tenant, "I", str(entry.client_id)), entry.id, fingerprint(posted))


def of_post(tenant: str, key: str, origin: str, body: bytes) -> EntryClaim:
    """A POST's claim to its Idempotency-Key."""
    return EntryClaim(_key(tenant, "K", key), origin, sha256(body).hexdigest()[:32])


def taken(table: Table, claims: list[EntryClaim]) -> dict[Key, Item]:
    """Those that somebody has, by their keys."""
    found = table.several([claim.key for claim in claims])
    return {claim.key: item for claim, item in zip(claims, found, strict=True) if item is not None}


def fingerprint(posted: NewEntry) -> str:
    """128 bits of what was said, whatever the order of its fields. A time that was not given is no part of it."""
    said = posted.model_dump(mode="json", exclude={"client_id", "context"})
    context = dumps(_sorted(posted.context))
    return sha256(f"{dumps(list(said.values()))}{context}".encode()).hexdigest()[:32]


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _key(tenant: str, kind: str, said: str) -> Key:
    digest = sha256(said.encode()).hexdigest()[:32]
    return Key(f"T#{tenant}#C#{kind}{digest}", ONLY)
