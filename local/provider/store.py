"""Durable state: SQLite for records, one file on disk per content.

Writes reach the operating system before a call returns, so a killed and restarted emulator knows all it
answered. They are not forced to the disk: a power cut may lose them, and for an emulator that is fine.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from local.provider.records import Batch, LineError, Outcome, StoredFile, Usage, Verdict

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, owner TEXT, purpose TEXT,
                                  doc TEXT);
CREATE TABLE IF NOT EXISTS batches (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, owner TEXT, surface TEXT,
                                    doc TEXT);
CREATE TABLE IF NOT EXISTS deleted (id TEXT PRIMARY KEY, sha256 TEXT);
CREATE TABLE IF NOT EXISTS calls (operation TEXT PRIMARY KEY, n INTEGER);
CREATE TABLE IF NOT EXISTS rules (id INTEGER PRIMARY KEY AUTOINCREMENT, used INTEGER, doc TEXT);
CREATE TABLE IF NOT EXISTS seen (rule INTEGER, fingerprint TEXT, n INTEGER, PRIMARY KEY (rule, fingerprint));
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value REAL);
CREATE TABLE IF NOT EXISTS quotas (id INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT);
CREATE TABLE IF NOT EXISTS direct_calls (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL, operation TEXT, owner TEXT,
                                         model TEXT, request TEXT, label TEXT, opening TEXT, ended REAL, status INTEGER,
                                         fault TEXT, retry_after REAL, input_tokens INTEGER, output_tokens INTEGER);
"""


class Store:
    """All state of one emulator, in `folder`; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self.contents = folder / "files"
        self.contents.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / "state.sqlite", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + SCHEMA)
        self._settings: dict[str, float] = dict(self._rows("SELECT name, value FROM settings"))
        self._sweep()

    def close(self) -> None:
        """Lets go of the database; nothing else may be called after."""
        self._db.close()

    def _sweep(self) -> None:
        """Drops contents that no record names: the work of a killed emulator."""
        known = {row[0] for row in self._rows("SELECT id FROM files")}
        for path in self.contents.iterdir():
            if path.name not in known:
                path.unlink()

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside is kept whole or not at all."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def content(self, file_id: str) -> Path:
        """Where the bytes of a file are; the path may not exist."""
        return self.contents / file_id

    # files

    def add_file(self, file: StoredFile) -> None:
        self._rows(
            "INSERT INTO files (id, owner, purpose, doc) VALUES (?, ?, ?, ?)",
            file.id,
            file.owner,
            file.purpose,
            json.dumps(asdict(file)),
        )

    def file(self, file_id: str, owner: str) -> StoredFile | None:
        rows = self._rows("SELECT doc FROM files WHERE id = ? AND owner = ?", file_id, owner)
        return _file(rows[0][0]) if rows else None

    def files(
        self, owner: str, purpose: str | None, after: str | None, limit: int, newest_first: bool
    ) -> list[StoredFile]:
        """Up to `limit` files behind the file `after`, in order of creation."""
        where, values = "owner = ? AND (? IS NULL OR purpose = ?)", [owner, purpose, purpose]
        return [_file(doc) for doc in self._page("files", where, values, after, limit, newest_first)]

    def remove_file(self, file: StoredFile) -> None:
        self._rows("INSERT OR REPLACE INTO deleted VALUES (?, ?)", file.id, file.sha256)
        self._rows("DELETE FROM files WHERE id = ?", file.id)
        self.content(file.id).unlink(missing_ok=True)

    # batches

    def save_batch(self, batch: Batch) -> None:
        self._rows(
            "INSERT INTO batches (id, owner, surface, doc) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            batch.id,
            batch.owner,
            batch.surface,
            json.dumps(asdict(batch)),
        )

    def batch(self, batch_id: str, owner: str) -> Batch | None:
        rows = self._rows("SELECT doc FROM batches WHERE id = ? AND owner = ?", batch_id, owner)
        return _batch(rows[0][0]) if rows else None

    def batches(self, owner: str, surface: str, after: str | None, limit: int) -> list[Batch]:
        """Up to `limit` batches older than the batch `after`, newest first."""
        where, values = "owner = ? AND surface = ?", [owner, surface]
        return [_batch(doc) for doc in self._page("batches", where, values, after, limit, newest_first=True)]

    def remove_batch(self, batch: Batch) -> None:
        self._rows("DELETE FROM batches WHERE id = ?", batch.id)

    def all_batches(self) -> list[Batch]:
        """Every batch of every key, oldest first."""
        return [_batch(doc) for (doc,) in self._rows("SELECT doc FROM batches ORDER BY seq")]

    def _page(
        self, table: str, where: str, values: list[Any], after: str | None, limit: int, newest_first: bool
    ) -> list[str]:
        sign, order = ("<", "DESC") if newest_first else (">", "ASC")
        cursor = f"(? IS NULL OR seq {sign} (SELECT seq FROM {table} WHERE id = ?))"
        sql = f"SELECT doc FROM {table} WHERE {where} AND {cursor} ORDER BY seq {order} LIMIT ?"
        return [doc for (doc,) in self._rows(sql, *values, after, after, limit)]

    def content_hash(self, identifier: str) -> str | None:
        """The SHA-256 of a file, or of a batch's input: the same in every run, unlike the identifier."""
        for sql in (
            "SELECT doc ->> 'sha256' FROM files WHERE id = ?",
            "SELECT doc ->> 'input_sha256' FROM batches WHERE id = ?",
            "SELECT sha256 FROM deleted WHERE id = ?",
        ):
            if rows := self._rows(sql, identifier):
                return str(rows[0][0])
        return None

    # calls

    def count_call(self, operation: str) -> None:
        self._rows("INSERT INTO calls VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1", operation)

    def calls(self) -> dict[str, int]:
        """How often each operation was called, direct requests among them."""
        direct = "SELECT operation, COUNT(*) AS n FROM direct_calls GROUP BY operation"
        both = f"SELECT operation, n FROM calls UNION ALL {direct}"
        return dict(self._rows(f"SELECT operation, SUM(n) FROM ({both}) GROUP BY operation ORDER BY operation"))

    # fault rules

    def add_rule(self, doc: str) -> int:
        rows = self._rows("INSERT INTO rules (used, doc) VALUES (0, ?) RETURNING id", doc)
        return int(rows[0][0])

    def rules(self) -> list[tuple[int, int, str]]:
        """(id, used, doc) in the order they were added."""
        return [(row[0], row[1], row[2]) for row in self._rows("SELECT id, used, doc FROM rules ORDER BY id")]

    def drop_rules(self, rule: int | None) -> None:
        self._rows("DELETE FROM rules WHERE ? IS NULL OR id = ?", rule, rule)
        self._rows("DELETE FROM seen WHERE ? IS NULL OR rule = ?", rule, rule)

    def use_rule(self, rule: int) -> None:
        self._rows("UPDATE rules SET used = used + 1 WHERE id = ?", rule)

    def see(self, rule: int, fingerprint: str) -> int:
        """How often this rule met this fingerprint before now."""
        sql = "INSERT INTO seen VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n"
        return int(self._rows(sql, rule, fingerprint)[0][0]) - 1

    # direct calls

    def begin_call(self, row: tuple[object, ...]) -> int:
        """Takes the columns from `at` to `opening`; the call's number."""
        columns = "at, operation, owner, model, request, label, opening"
        with self._lock:
            cursor = self._db.execute(f"INSERT INTO direct_calls ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            return cursor.lastrowid or 0

    def end_call(self, seq: int, row: tuple[object, ...]) -> None:
        """Takes the columns from `ended` on."""
        columns = "ended = ?, status = ?, fault = ?, retry_after = ?, input_tokens = ?, output_tokens = ?"
        self._rows(f"UPDATE direct_calls SET {columns} WHERE seq = ?", *row, seq)

    def direct_calls(self) -> list[dict[str, Any]]:
        """All of them, in the order in which they came."""
        with self._lock:
            cursor = self._db.execute("SELECT * FROM direct_calls ORDER BY seq")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def drop_direct_calls(self) -> None:
        """Forgets them, and keeps their count."""
        with self.transaction():
            for operation, count in self.calls().items():
                self._rows("INSERT OR REPLACE INTO calls VALUES (?, ?)", operation, count)
            self._rows("DELETE FROM direct_calls")

    # rate limits

    def add_quota(self, doc: str) -> int:
        return int(self._rows("INSERT INTO quotas (doc) VALUES (?) RETURNING id", doc)[0][0])

    def quotas(self) -> list[tuple[int, str]]:
        """(id, doc) in the order they were added."""
        return [(row[0], row[1]) for row in self._rows("SELECT id, doc FROM quotas ORDER BY id")]

    def drop_quotas(self) -> None:
        self._rows("DELETE FROM quotas")

    # settings

    def setting(self, name: str) -> float | None:
        return self._settings.get(name)

    def set(self, name: str, value: float) -> None:
        self._rows("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, value)
        self._settings[name] = float(value)


def _file(doc: str) -> StoredFile:
    return StoredFile(**json.loads(doc))


def _batch(doc: str) -> Batch:
    fields = json.loads(doc)
    if verdict := fields["verdict"]:
        fields["verdict"] = Verdict(**verdict | {"errors": [LineError(**error) for error in verdict["errors"]]})
    if outcome := fields["outcome"]:
        fields["outcome"] = Outcome(**outcome | {"usage": Usage(**outcome["usage"])})
    return Batch(**fields)
