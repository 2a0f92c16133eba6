"""What Fanfold needs from the cloud. Each port has one adapter in `aws/` and one in-memory fake in `tests/fakes/`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

Value = str | int | float | bool | bytes | None | list[Any] | dict[str, Any]
Item = dict[str, Any]


class Key(NamedTuple):
    """Where an item lives: its partition (always a tenant's) and its place in it."""

    pk: str
    sk: str


class Change(BaseModel):
    """A write to one item, made only if it is as expected.

    `set` gives attributes their values; None takes one away. `add` moves numbers, from 0 if they are not there yet.
    `expect` maps an attribute to the value it must have, or to None if it must be absent. Without `expect` the
    change is made in any case, and makes the item if there is none. `at_most` maps a number to what it may be before
    the change, so that a sum never goes over a limit; one that is not there yet is 0.
    """

    model_config = ConfigDict(frozen=True)

    key: Key
    set: Mapping[str, Any] = {}
    add: Mapping[str, int] = {}
    expect: Mapping[str, Any] = {}
    at_most: Mapping[str, int] = {}


class Removal(BaseModel):
    """An item that goes, only if it is as expected; `expect` as a Change has it, and not empty."""

    model_config = ConfigDict(frozen=True)

    key: Key
    expect: Mapping[str, Any]


class Query(BaseModel):
    """Items of one partition (of the table or of an index), by sort key."""

    model_config = ConfigDict(frozen=True)

    partition: str
    prefix: str = ""
    index: str | None = None
    newest_first: bool = False
    limit: int | None = None
    after: str | None = None
    """The cursor of the page before."""
    since: str | None = None
    """The first sort key that is wanted; only together with `until`."""
    until: str | None = None
    """The last sort key that is wanted; not together with `prefix`."""


class Page(NamedTuple):
    items: list[Item]
    cursor: str | None


class Table(Protocol):
    """Items under conditional writes. Reads of the table itself are consistent; indexes lag."""

    def get(self, key: Key) -> Item | None:
        """The item, or None."""

    def several(self, keys: Sequence[Key]) -> list[Item | None]:
        """The item of each key (100 at most, none twice), or None."""

    def change(self, change: Change) -> Item | None:
        """The item after the change, or None if it was not as expected."""

    def together(self, *changes: Change | Removal) -> bool:
        """All of the changes (100 at most) or none; False if one item was not as expected.

        Raises Contended if another transaction had one of the items, or the table was throttled: nothing is changed.
        """

    def page(self, query: Query) -> Page:
        """Up to `limit` items and the cursor of the rest."""

    def remove(self, key: Key) -> None:
        """Forget the item, if there is one."""

    def scan(self, prefix: str, after: str | None = None) -> Page:
        """Items whose partition begins with the prefix, in no order; a page may be empty and still have a cursor.

        It reads the whole table, which is dear: for what is done once in a tenant's life.
        """


def every_item(table: Table, query: Query) -> Iterator[Item]:
    """The items of all pages."""
    while True:
        page = table.page(query)
        yield from page.items
        if not page.cursor:
            return
        query = query.model_copy(update={"after": page.cursor})


class UploadForm(BaseModel):
    """A presigned POST: send `fields` and then the file to `url` as multipart/form-data."""

    url: str
    fields: dict[str, str]


class Blob(NamedTuple):
    """An object's key, and its bytes."""

    key: str
    size: int


class Blobs(Protocol):
    """Objects by key. A missing object raises `KeyError` with its key."""

    def put(self, key: str, body: bytes | BinaryIO) -> None: ...

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        """Write an object of any length while holding little of it; nothing is there if `parts` raises."""

    def get(self, key: str) -> bytes: ...

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`; fewer at the object's end."""

    def lines(self, key: str, longest: int) -> Iterator[bytes]:
        """The object's lines as they arrive, without line ends; a line of over `longest` bytes is cut behind them."""

    def fetch(self, key: str, to: Path) -> None:
        """Have the object as a file, without holding it."""

    def size(self, key: str) -> int: ...

    def version(self, key: str) -> str:
        """A text that is another one once the object has another content."""

    def under(self, prefix: str, after: str = "") -> Iterator[Blob]:
        """Every object whose key begins with the prefix, by key; only those that come after one if that is named."""

    def copy(self, key: str, to: str) -> None:
        """Have the same object under another key as well, without passing it through here."""

    def remove_if(self, key: str, etag: str) -> bool:
        """Forget the object if it is still the one of that ETag; whether it was."""

    def remove_under(self, prefix: str) -> None:
        """Forget every object whose key begins with the prefix."""

    def link(self, key: str, filename: str) -> str:
        """A URL that downloads the object for a while, without a key."""

    def form(self, key: str, max_bytes: int) -> UploadForm:
        """A form that uploads one object of at most `max_bytes` for a while, without a key."""


def is_there(key: str, blobs: Blobs) -> bool:
    """Whether there is such an object."""
    try:
        return blobs.size(key) >= 0
    except KeyError:
        return False


class Queue(Protocol):
    def send(self, message: BaseModel, delay: int = 0) -> None:
        """Deliver the message at least once, after `delay` seconds (900 at most)."""

    def send_all(self, messages: Iterable[BaseModel]) -> None:
        """Deliver each of the messages at least once, with as few calls as can be. Raises Incomplete."""

    def waiting(self) -> int:
        """About how many messages are there, delayed and being worked on among them."""


class Errands(Protocol):
    def send(self, message: BaseModel) -> None:
        """Have the message's work done soon, at least once; 256 KiB at most."""


class Events(Protocol):
    def publish(self, name: str, event: BaseModel) -> None:
        """Tell whoever listens for events of this name, at least once; 256 KiB at most."""


class PostResult(NamedTuple):
    """What came of a call: the status of its answer and how that begins, or why there was none."""

    status: int | None
    said: str


class Poster(Protocol):
    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> PostResult:
        """Send the body to somebody outside, once: no redirect is followed, and nothing inside is connected to."""


GONE = "GONE"
"""The status of an execution that Step Functions knows nothing of."""


class Ended(NamedTuple):
    """How an execution ended that did not succeed."""

    status: str
    error: str
    cause: str


class Workflow(Protocol):
    """Executions of one state machine, and the task tokens they wait on."""

    def start(self, name: str, command: BaseModel) -> None:
        """Start an execution; a second start under the same name does nothing."""

    def ended(self, execution: str) -> Ended | None:
        """How the execution (its ARN or its name) ended; None while it runs or if it succeeded. GONE is an end too."""

    def stop(self, execution: str) -> None:
        """End the execution, if it still runs."""

    def wake(self, token: str) -> bool:
        """Let the waiting task go on; False if nobody waits on the token any more."""


class Timetable(NamedTuple):
    """When EventBridge Scheduler starts something: `cron(…)` or `rate(…)` again and again, `at(…)` once."""

    expression: str
    timezone: str = "UTC"
    starts_at: datetime | None = None
    """A rate is due then for the first time; without it a rate starts at once."""
    ends_at: datetime | None = None
    enabled: bool = True


class Scheduler(Protocol):
    """What starts a state machine or a function again and again."""

    def put(self, name: str, timetable: Timetable, command: Mapping[str, str]) -> None:
        """Start it by that timetable; its input is the command, with the moment that it was due as `at`.

        What was put under that name before is replaced. Raises Invalid for what Scheduler does not take.
        """

    def remove(self, name: str) -> None:
        """Start it under this name no more, if it was."""


class Secrets(Protocol):
    def get(self, name: str) -> dict[str, str]:
        """The secret's entries, by name. Raises KeyError if there is no such secret."""

    def put(self, name: str, entries: dict[str, str]) -> None:
        """Keep the entries, in place of any that were there."""

    def remove(self, name: str) -> None:
        """Delete the secret for good, if there is one."""
