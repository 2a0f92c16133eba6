"""Job events of all services become entries of the stream `jobs`, each once."""

from fanfold.clock import moment
from fanfold.errors import Conflict
from fanfold.jobs.events import JobEnded
from fanfold.journal.backend import JournalBackend
from fanfold.journal.entry import JOBS, dumps
from fanfold.journal.parse import LATEST
from fanfold.journal.post import Post, post

LEVELS = {"failed": "error", "cancelled": "warning"}


UNTOLD = {"tenant", "name", "tags", "callback_url"}
LATE = LATEST / 2
"""An event that is told so late keeps its time in the context alone."""


def record_job_event(event: JobEnded, backend: JournalBackend) -> None:
    """Write the event down. One that comes again, as events may, is there once."""
    entry = {
        "stream": JOBS,
        "level": LEVELS.get(event.state, "info"),
        "message": f"{event.kind} {event.job} {event.state}" + (f": {event.error}" if event.error else ""),
        "timestamp": event.at if backend.clock() - moment(event.at) < LATE else None,
        "context": event.model_dump(mode="json", exclude=UNTOLD, exclude_none=True),
        "client_id": f"{event.job}/{event.round}/{event.state}",
    }
    try:
        post(Post(tenant=event.tenant, body=dumps(entry).encode(), own=True), backend)
    except Conflict:
        return  # it was told before, in other words: what came first stays
