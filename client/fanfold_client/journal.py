"""Python's logging into the journal: records are shipped in the background.

logging.getLogger().addHandler(JournalHandler(url, key, stream="checkout"))

Emitting never blocks. The queue is bounded; when it is full, new records are dropped and counted. Each POST carries
an Idempotency-Key, so that one which is repeated doubles nothing.
"""

import gzip
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fanfold_client.errors import FanfoldError
from fanfold_client.sync.client import Fanfold

MOST_QUEUED = 10_000
BATCH = 500
"""Records in a POST, at most."""
MOST_BODY_BYTES = 3 * 1024 * 1024
MOST_MESSAGE_BYTES = 64 * 1024
"""A longer message is cut."""
EVERY_SECONDS = 1.0
"""How long a record waits for others."""
LAST_SECONDS = 10.0
"""How long flush and close wait."""
OURS = ("httpx", "httpcore", "fanfold_client")
"""Loggers of what ships: their records would never end."""
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JournalHandler(logging.Handler):
    """Ships records to the journal of a deployment, as entries of one stream.

    `dropped` counts what did not fit into the queue, was refused, or could not be sent after some tries.
    """

    def __init__(
        self,
        url: str,
        key: str,
        stream: str = "default",
        level: int = logging.NOTSET,
        *,
        queued: int = MOST_QUEUED,
        batch: int = BATCH,
        every_seconds: float = EVERY_SECONDS,
        open_client: Callable[[str, str], Fanfold] = Fanfold,
    ) -> None:
        super().__init__(level)
        self.dropped = 0
        self._untold = 0
        self._stream, self._most, self._batch, self._every = stream, queued, batch, every_seconds
        self._waiting: deque[bytes] = deque()
        self._sending = 0
        self._changed = threading.Condition()
        self._ending = self._hurried = False
        self._client = open_client(url, key)
        self._shipper = threading.Thread(target=self._ship, name="fanfold-journal", daemon=True)
        self._shipper.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record, or drop it if the queue is full."""
        if record.name.split(".")[0] in OURS or threading.current_thread() is self._shipper:
            return
        try:
            entry = self._entry(record)
        except Exception:  # logging's way: what can't be formatted is handleError's
            self.handleError(record)
            return
        with self._changed:
            if self._ending or len(self._waiting) >= self._most:
                self._lose(1)
                return
            self._waiting.append(entry)
            if len(self._waiting) >= self._batch:
                self._changed.notify_all()

    def flush(self) -> None:
        """Send what is queued, and wait for it, for 10 seconds at most."""
        deadline = time.monotonic() + LAST_SECONDS
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            while (self._waiting or self._sending) and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)

    def close(self) -> None:
        """Send what is queued, for 10 seconds at most, and take nothing more. Python calls it at exit."""
        self.flush()
        with self._changed:
            self._ending = True
            self._lose(len(self._waiting))
            self._waiting.clear()
            self._changed.notify_all()
        self._shipper.join(LAST_SECONDS)
        super().close()

    def _ship(self) -> None:
        with self._client as client:
            while entries := self._next():
                try:
                    client.logs.write(_body(entries), idempotency_key=uuid4().hex)
                except FanfoldError:
                    self._sent(lost=len(entries))
                else:
                    self._sent(lost=0)

    def _next(self) -> list[bytes]:
        """What to send now: when there is enough, or some has waited long enough. Nothing at the end."""
        with self._changed:
            deadline = time.monotonic() + self._every
            while not self._ending and not self._is_due(deadline):
                self._changed.wait(self._every)
                if not self._waiting:
                    deadline = time.monotonic() + self._every
            taken: list[bytes] = []
            size = 0
            while self._waiting and len(taken) < self._batch and size < MOST_BODY_BYTES:
                size += len(self._waiting[0])
                taken.append(self._waiting.popleft())
            if taken and self._untold:
                taken.append(self._told())
            self._sending = len(taken)
            return taken

    def _is_due(self, deadline: float) -> bool:
        if not self._waiting:
            return False
        return self._hurried or len(self._waiting) >= self._batch or time.monotonic() >= deadline

    def _sent(self, lost: int) -> None:
        with self._changed:
            self._sending = 0
            self._lose(lost)
            if not self._waiting:
                self._hurried = False
            self._changed.notify_all()

    def _lose(self, count: int) -> None:
        self.dropped += count
        self._untold += count

    def _told(self) -> bytes:
        """An entry that says how many are missing."""
        said, self._untold = f"{self._untold} log records were dropped before this one", 0
        entry = {"message": said, "level": "warning", "stream": self._stream, "timestamp": _now()}
        return json.dumps(entry).encode()

    def _entry(self, record: logging.LogRecord) -> bytes:
        message = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            message += "\n" + (self.formatter or logging.Formatter()).formatException(record.exc_info)
        extra = {name: value for name, value in vars(record).items() if name not in PLAIN}
        place = {"logger": record.name, "file": record.pathname, "line": record.lineno, "thread": record.threadName}
        entry = {
            "message": message.encode("utf-8", "replace")[:MOST_MESSAGE_BYTES].decode("utf-8", "ignore"),
            "level": _level(record.levelno),
            "stream": self._stream,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "context": place | extra,
        }
        return json.dumps(_plain(entry), ensure_ascii=False).encode("utf-8", "replace")


def _body(entries: list[bytes]) -> bytes:
    return gzip.compress(b'{"entries":[' + b",".join(entries) + b"]}", 6)


def _level(number: int) -> str:
    """The journal's level that is not above the record's."""
    for least, name in ((50, "critical"), (40, "error"), (30, "warning"), (20, "info")):
        if number >= least:
            return name
    return "debug"


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _plain(value: Any) -> Any:
    """The value as JSON has it; what JSON does not have as its text."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    return value if value is None or isinstance(value, str | bool | int) else str(value)
