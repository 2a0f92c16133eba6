"""Observations put together by series, in memory while they are few, on disk beyond that."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HELD = 100_000
"""Observations in memory."""


class Spool:
    """Takes observations in any order and gives them back series by series, in the order of their first ones.

    Beyond HELD observations SQLite keeps them, a record for each series and round; in a file sorted by series that is
    a record a series. A folder is all that grows with the input.
    """

    def __init__(self, folder: Path, held: int = HELD) -> None:
        self._folder, self._most = folder, held
        self._waiting: dict[str, list[Any]] = {}
        self._held = 0
        self._rows: sqlite3.Connection | None = None
        self.count = 0

    def add(self, name: str, observation: "tuple[Any, ...]") -> None:
        """Note one observation: a tuple of what JSON can hold."""
        self._waiting.setdefault(name, []).append(observation)
        self._held += 1
        if self._held >= self._most:
            self._flush()

    def close(self) -> None:
        """Forget everything."""
        if self._rows:
            self._rows.close()

    def finish(self) -> None:
        """Know how many series there are."""
        if self._rows is None:
            self.count = len(self._waiting)
            return
        self._flush()
        self._rows.execute("CREATE INDEX by_name ON runs (name)")
        (self.count,) = self._rows.execute("SELECT COUNT(DISTINCT name) FROM runs").fetchone()

    def series(self) -> Iterator[tuple[str, list[Any]]]:
        """Each name with its observations in the order they came, once; `finish` comes first."""
        if self._rows is None:
            while self._waiting:
                name = next(iter(self._waiting))
                yield name, self._waiting.pop(name)
            return
        names = self._rows.execute("SELECT name FROM runs GROUP BY name ORDER BY MIN(run)")
        for (name,) in names:
            runs = self._rows.execute("SELECT body FROM runs WHERE name = ? ORDER BY run", (name,))
            yield name, [each for (body,) in runs for each in json.loads(body)]

    def _flush(self) -> None:
        if self._rows is None:
            self._rows = sqlite3.connect(self._folder / "series.sqlite", isolation_level=None)
            self._rows.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-8192;"
                "CREATE TABLE runs (run INTEGER PRIMARY KEY, name TEXT, body TEXT);"
                "BEGIN"
            )
        made = ((name, json.dumps(many)) for name, many in self._waiting.items())
        self._rows.executemany("INSERT INTO runs (name, body) VALUES (?, ?)", made)
        self._waiting.clear()
        self._held = 0
