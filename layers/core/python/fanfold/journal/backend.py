"""What stands behind the journal; `fanfold.wiring` makes the real one, the tests one of fakes."""

from collections.abc import Callable
from dataclasses import dataclass

from fanfold.clock import Clock
from fanfold.journal.hour_index import HourIndex
from fanfold.ports import Blobs, Errands, Events, Table
from fanfold.settings import Settings


@dataclass(frozen=True)
class JournalBackend:
    """Ports and stores, as the use cases of `journal` take them."""

    table: Table
    places: HourIndex
    blobs: Blobs
    exports: Errands
    events: Events
    clock: Clock
    pause: Callable[[float], None]
    """Wait for so many seconds."""
    settings: Settings
