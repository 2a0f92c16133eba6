"""A tenant that goes takes its writing sessions along."""

from fanfold.errors import NotFound
from fanfold.writing.backend import WritingBackend
from fanfold.writing.session import SessionRef
from fanfold.writing.session_commands import delete

PAGE = 100


def leave(tenant: str, backend: WritingBackend) -> int:
    """Delete all of the tenant's sessions; how many are still listed or being removed."""
    left, cursor = 0, None
    while True:
        sessions, cursor = backend.sessions.page(tenant, PAGE, cursor)
        for session in sessions:
            _delete(session.ref, backend)
        left += len(sessions)
        if cursor is None:
            return left + sum(session.tenant == tenant for session in backend.sessions.unclear())


def _delete(ref: SessionRef, backend: WritingBackend) -> None:
    try:
        delete(ref, backend)
    except NotFound:
        return
