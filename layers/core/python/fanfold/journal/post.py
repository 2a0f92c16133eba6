"""Post: take entries, durably, and say which.

Entries without a client id are one conditional write of a block. With an Idempotency-Key the block and the key's
claim are one transaction. Entries with client ids go in transactions of their own, with a claim each.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from fanfold.errors import Conflict, Contended, FanfoldError, Flaw, Invalid, Refused, TooLarge
from fanfold.jobs.identity import check_same
from fanfold.journal import claims, ids
from fanfold.journal.backend import JournalBackend
from fanfold.journal.block import JournalBlock, item, pack, tallied
from fanfold.journal.claims import EntryClaim
from fanfold.journal.entry import Entry, NewEntry
from fanfold.journal.parse import EntryError, Parsed, parse
from fanfold.ports import Change, Key

CLAIMS_AT_ONCE = 90
"""A transaction has up to 100 items; the blocks take the rest."""
ATTEMPTS = 8
PAUSE = 0.02


class Post(BaseModel):
    """Whose entries, and their body as JSON."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    body: bytes
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=2048)
    own: bool = False
    """Whether Fanfold itself writes."""


class LogReceipt(BaseModel):
    """What was taken: the id of each entry by its place, None for one that was not, and why not.

    `duplicates` were taken before, with the same body; their ids are those of then.
    """

    accepted: int
    duplicates: int
    ids: list[str | None]
    errors: list[EntryError]


class _Named(NamedTuple):
    """An entry with a client id, its place and its claim."""

    place: int
    entry: Entry
    claim: EntryClaim


def post(command: Post, backend: JournalBackend) -> LogReceipt:
    """Take what is good of the body. Raises Refused if nothing is, KeyReused for a key with another body."""
    origin = ids.origin(backend.clock())
    parsed = parse(command.body, ids.accepted(origin), own=command.own)
    receipt = LogReceipt(accepted=0, duplicates=0, ids=[None] * parsed.places, errors=[])
    _post_plain(command, parsed, origin, receipt, backend)
    _post_named(command.tenant, _named(command.tenant, parsed, origin), receipt, backend)
    receipt.errors.extend(parsed.troubles)
    receipt.errors.sort(key=lambda trouble: trouble.entry)
    if not any(receipt.ids):
        raise _refusal(receipt.errors)
    return receipt


def _post_plain(command: Post, parsed: Parsed, origin: str, receipt: LogReceipt, backend: JournalBackend) -> None:
    """Take the entries without client ids, all or none; under a key they are taken once."""
    entries = _plain(parsed, origin)
    claim = _claim(command, origin)
    if not entries and not claim:
        return
    replayed = not _written(command.tenant, list(entries.values()), [claim] if claim else [], backend)
    if replayed and claim:
        before = _before(claim, backend)
        entries = _plain(parse(command.body, ids.accepted(before), own=command.own), before)
    elif replayed:
        raise Contended("an id came up twice; the same call takes another")
    for place, entry in entries.items():
        receipt.ids[place] = entry.id
    receipt.accepted += 0 if replayed else len(entries)
    receipt.duplicates += len(entries) if replayed else 0


def _claim(command: Post, origin: str) -> EntryClaim | None:
    key = command.idempotency_key
    return claims.of_post(command.tenant, key, origin, command.body) if key else None


def _before(claim: EntryClaim, backend: JournalBackend) -> str:
    """The origin under which the POST was taken the first time. Raises KeyReused."""
    before = backend.table.get(claim.key)
    if before is None:
        raise Contended("the key's claim has just run out; the same call is a new one")
    check_same(before["print"], claim.print)
    return str(before["owner"])


def _post_named(tenant: str, waiting: list[_Named], receipt: LogReceipt, backend: JournalBackend) -> None:
    """Take the entries with client ids that nobody has taken yet; of the same id in one POST the first."""
    first: dict[Key, _Named] = {}
    for each in waiting:
        first.setdefault(each.claim.key, each)
    leaders = list(first.values())
    holders: dict[Key, EntryClaim] = {}
    for start in range(0, len(leaders), CLAIMS_AT_ONCE):
        holders |= _claimed(tenant, leaders[start : start + CLAIMS_AT_ONCE], backend)
    for each in waiting:
        _settle(each, holders[each.claim.key], receipt)


def _claimed(tenant: str, waiting: list[_Named], backend: JournalBackend) -> dict[Key, EntryClaim]:
    """Who has each of the client ids in the end: these entries, or those that came before."""
    holders: dict[Key, EntryClaim] = {}
    for _ in range(ATTEMPTS):
        wanted = [each.claim for each in waiting]
        if not waiting or _written(tenant, [each.entry for each in waiting], wanted, backend):
            return holders | {claim.key: claim for claim in wanted}
        taken = claims.taken(backend.table, wanted)
        holders |= {key: EntryClaim(key, item["owner"], item["print"]) for key, item in taken.items()}
        waiting = [each for each in waiting if each.claim.key not in taken]
    raise Contended("others claim the same client ids at this moment")


def _settle(each: _Named, holder: EntryClaim, receipt: LogReceipt) -> None:
    """The entry is taken, or was, or another one has its client id."""
    if holder.print != each.claim.print:
        said = f"client_id {each.entry.client_id!r} came before with another body"
        receipt.errors.append(EntryError(entry=each.place, status=409, field="client_id", detail=said))
        return
    receipt.ids[each.place] = holder.owner
    if holder.owner == each.entry.id:
        receipt.accepted += 1
    else:
        receipt.duplicates += 1


def _written(tenant: str, entries: Sequence[Entry], wanted: Sequence[EntryClaim], backend: JournalBackend) -> bool:
    """Write the entries, and the claims with them; False if something of it is there already."""
    blocks = list(pack(tenant, entries)) if entries else []
    if blocks:
        backend.places.note(tenant, blocks[0].hour, tallied(entries))
    changes = [_change(block) for block in blocks] + [claim.change(backend.clock) for claim in wanted]
    if len(changes) == 1:
        return backend.table.change(changes[0]) is not None or _is_there(changes[0], backend)
    for attempt in range(ATTEMPTS):
        try:
            return backend.table.together(*changes)
        except Contended:
            backend.pause(PAUSE * 2**attempt)
    raise Contended("the table does not take the entries just now")


def _is_there(change: Change, backend: JournalBackend) -> bool:
    """Whether it was made after all: a write whose answer was lost is repeated below us, and then not as expected."""
    found = backend.table.get(change.key) or {}
    return all(found.get(name) == value for name, value in change.set.items())


def _change(block: JournalBlock) -> Change:
    return Change(key=block.key, set=item(block), expect={"kind": None})


def _plain(parsed: Parsed, origin: str) -> dict[int, Entry]:
    now = ids.millis(ids.accepted(origin))
    return {place: _entry(place, posted, origin, now) for place, posted in parsed.good if posted.client_id is None}


def _named(tenant: str, parsed: Parsed, origin: str) -> list[_Named]:
    now = ids.millis(ids.accepted(origin))
    named = [(place, posted) for place, posted in parsed.good if posted.client_id is not None]
    entries = [(place, posted, _entry(place, posted, origin, now)) for place, posted in named]
    return [_Named(place, entry, claims.of_entry(tenant, entry, posted)) for place, posted, entry in entries]


def _entry(place: int, posted: NewEntry, origin: str, now: int) -> Entry:
    at = now if posted.timestamp is None else ids.millis(posted.timestamp)
    return Entry(
        origin + ids.PLACES[place], at, posted.stream, posted.level.value, posted.message, posted.context,
        posted.client_id,
    )  # fmt: skip


def _refusal(errors: list[EntryError]) -> FanfoldError:
    """Nothing was taken: one refusal with every reason."""
    kinds: dict[int, type[Refused]] = {409: Conflict, 413: TooLarge}
    statuses = {each.status for each in errors}
    kind = kinds.get(statuses.pop(), Invalid) if len(statuses) == 1 else Invalid
    found = [Flaw(field=_path(each), detail=each.detail) for each in errors]
    return kind("none of the entries can be taken", *found)


def _path(trouble: EntryError) -> str:
    return f"entries.{trouble.entry}" + (f".{trouble.field}" if trouble.field else "")
