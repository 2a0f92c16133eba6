"""The journal: entries that are sent, read and followed."""

from collections.abc import Iterator
from uuid import uuid4

from fanfold_client.connection import PAGE, Connection, segment
from fanfold_client.following import following
from fanfold_client.shapes.journal import LogEntry, LogPage, LogStats, Receipt


class Logs:
    """The journal of the caller's tenant."""

    _connection: Connection

    def log(self, body: bytes, idempotency_key: str | None = None) -> Receipt:
        """Entries for the journal: the gzipped body of `POST /v1/logs`."""
        headers = {"Content-Type": "application/gzip", "Idempotency-Key": idempotency_key or uuid4().hex}
        return self._connection.post(Receipt, "/v1/logs", body, **headers)

    def logs(self, limit: int = PAGE, **filters: str | None) -> Iterator[LogEntry]:
        """Entries of the journal, newest first, `limit` of them at a time; filters as in `GET /v1/logs`."""
        for page in self._connection.pages(LogPage, "/v1/logs", limit, **filters):
            yield from page.entries

    def follow_logs(self, lines: int = 0, **filters: str | None) -> Iterator[LogEntry]:
        """The last entries of the journal, then what comes; oldest first, each once. It never ends."""
        return following(lambda: self.logs(PAGE, **filters), lines, self._connection.pause)

    def log_entry(self, id: str) -> LogEntry:
        """One entry of the journal."""
        return self._connection.get(LogEntry, f"/v1/logs/{segment(id)}")

    def log_stats(self, **period: str | None) -> LogStats:
        """What came into the journal: of `stream`, from `since` to `until`; of the last day if nothing is said."""
        return self._connection.get(LogStats, "/v1/logs/stats", **period)
