"""Sorting: a line for each finished series, in every order that the list of them can be asked for.

SQLite sorts; lines of an order lie in one object, so a page is a range of it whatever the portfolio's size.
"""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from fanfold.forecasting.judged import JudgedSeries
from fanfold.forecasting.records import Record
from fanfold.forecasting.result import REVIEW, ratio_to_naive
from fanfold.jobs.request_index import IdSorter, mark
from fanfold.ports import Blobs
from fanfold.scratch import scratch_database

ORDERS = {
    "name": "name",
    "-name": "name DESC",
    "confidence": "confidence, name",
    "-confidence": "confidence DESC, name",
    "error": "error IS NULL, error, name",
    "-error": "error IS NULL, error DESC, name",
}
SHOWN = (
    "name",
    "status",
    "pattern",
    "reason",
    "model_selected",
    "lead_model",
    "confidence",
    "attention",
    "expected_error",
)
BLOCK = 4096
ALERTS = 20
"""Alerts that the job itself shows; the list has all of them."""


def listing_key(folder: str, order: str) -> str:
    """The object that holds the lines in that order."""
    return f"{folder}listing/{order}.jsonl"


def summary_line(record: Record) -> dict[str, Any]:
    """What the list says of a series."""
    known = {"lead_model": record["model_selected"], "attention": None, **record}
    return {"model" if name == "model_selected" else name: known[name] for name in SHOWN}


class Listings:
    """Every finished series, on disk."""

    def __init__(self, folder: Path, mended: bool = True) -> None:
        self.rows = scratch_database(
            folder / "listings.sqlite",
            "CREATE TABLE series"
            " (name TEXT, status TEXT, pattern TEXT, model TEXT, confidence REAL, error REAL, naive REAL, line BLOB)",
        )
        self.judged = JudgedSeries(mended)
        self._ids = IdSorter(folder)
        self._open: tuple[int, list[bytes]] = (-1, [])

    def add(self, chunk: int, position: int, record: Record) -> None:
        """Note a series; chunks come one after another."""
        self.judged.add(record["name"], record["flags"])
        shown = summary_line(record)
        line = json.dumps(shown, ensure_ascii=False).encode() + b"\n"
        found = (shown["name"], shown["status"], shown["pattern"], shown["lead_model"], shown["confidence"])
        errors = (shown["expected_error"], _against_naive(record))
        self.rows.execute("INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*found, *errors, line))
        if chunk != self._open[0]:
            self._place()
            self._open = (chunk, [])
        self._open[1].append(mark(record["name"]))

    def publish(self, folder: str, blobs: Blobs) -> None:
        """Write the lists, and the index that finds a series by its name."""
        self._place()
        blobs.put_stream(f"{folder}index", self._ids.records())
        for order, clause in ORDERS.items():
            blobs.put_stream(listing_key(folder, order), self._lines(clause))

    def close(self) -> None:
        self.rows.close()
        self._ids.close()

    def _place(self) -> None:
        chunk, marks = self._open
        self._ids.place(chunk, marks, [0] * len(marks))

    def _lines(self, clause: str) -> Iterator[bytes]:
        rows = self.rows.execute(f"SELECT line FROM series ORDER BY {clause}")  # noqa: S608 (one of ORDERS)
        while block := rows.fetchmany(BLOCK):
            yield b"".join(line for (line,) in block)


def summary_of(listings: Listings, alert_below: float) -> dict[str, Any]:
    """What the whole portfolio came to; small enough for the job's item."""
    rows = listings.rows

    def counted(column: str) -> dict[str, int]:
        found = rows.execute(f"SELECT {column}, COUNT(*) FROM series GROUP BY 1 ORDER BY 2 DESC, 1")  # noqa: S608
        return dict(found.fetchall())

    means = "SELECT AVG(confidence), AVG(error), AVG(naive) FROM series WHERE status != 'failed'"
    mean, error, naive = rows.execute(means).fetchone()
    doubtful = "FROM series WHERE status != 'failed' AND confidence < ?"
    count = rows.execute(f"SELECT COUNT(*) {doubtful}", (alert_below,)).fetchone()[0]
    first = rows.execute(f"SELECT name {doubtful} ORDER BY confidence, name LIMIT {ALERTS}", (alert_below,))
    return {
        "models": counted("model"),
        "patterns": counted("pattern"),
        "status": counted("status"),
        "notes": [note.record() for note in listings.judged.notes()],
        "mean_confidence": mean and round(mean, 4),
        "mean_expected_error": error and round(error, 4),
        "against_naive": naive and round(naive, 4),
        "review": {"below": REVIEW, "count": rows.execute(f"SELECT COUNT(*) {doubtful}", (REVIEW,)).fetchone()[0]},
        "alerts": {"below": alert_below, "count": count, "first": list(chain.from_iterable(first))},
    }


def _against_naive(record: Record) -> float | None:
    test = record["backtest"]
    return test and ratio_to_naive(record["pattern"], test["error"], test["naive_error"])
