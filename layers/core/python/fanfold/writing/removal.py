"""Removing what belongs to a session's earlier epochs: objects, items, jobs, and files at providers.

It is done twice. The first pass ends what runs; the second comes when no worker of before can be at work any more, and
takes what such a worker still left. A session that is deleted goes last.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from pydantic import BaseModel, ConfigDict

from fanfold.errors import NotFound, ProviderRefused, Superseded
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import cut_short
from fanfold.ports import Item
from fanfold.providers import documents
from fanfold.writing.backend import WritingBackend
from fanfold.writing.job import Start
from fanfold.writing.session import EMPTIED, Session, SessionRef, SessionState
from fanfold.writing.sessions import past

KEPT = ("D#", "H#", "P#", "R#")
"""Items of a session that belong to an epoch, which is behind the mark."""
Report = Callable[[str, Exception], None]


class RemoveEpochs(BaseModel):
    """A pass over a session's epochs up to one; the last pass also forgets that there was something to remove."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    session: str
    upto: int
    last: bool

    @property
    def ref(self) -> SessionRef:
        return SessionRef(tenant=self.tenant, session=self.session)


def ask_again(session: Session, backend: WritingBackend) -> None:
    """Start one more execution that removes what is stale of the session, under a name of its own."""
    start_removal(backend.sessions.move(session, removals=session.removals + 1), backend)


def start_removal(session: Session, backend: WritingBackend) -> None:
    """Start, once, the execution of the removal that was asked for last."""
    command = Start(
        task="remove",
        tenant=session.tenant,
        job=session.id,
        run=session.removals,
        correlation_id=session.id,
        grace=backend.settings.removal_grace_seconds,
        upto=session.epoch - 1,
    )
    backend.workflow.start(removal_name(session), command)


def removal_name(session: Session) -> str:
    return f"{session.id}-{session.removals}"


def remove(command: RemoveEpochs, backend: WritingBackend, report: Report) -> None:
    """Remove everything of these epochs. What a provider will not delete is reported."""
    session, upto = backend.sessions.find(command.ref), command.upto
    if session is None or (session.cleared >= upto and session.state is SessionState.OPEN):
        return
    _end_jobs(session, upto, backend, forget=command.last)
    _drop_files(session, upto, backend, report)
    for epoch in range(1, upto + 1):
        backend.blobs.remove_under(session.ref.folder(epoch))
        backend.blobs.remove_under(session.ref.uploads(epoch))
    if command.last:
        _let_go(session, upto, backend)


def _let_go(session: Session, upto: int, backend: WritingBackend) -> None:
    """Forget what is removed. A session that was emptied again meanwhile waits for the removal that came of that."""
    for item in list(_stale(session, upto, backend)):
        backend.sessions.drop(session.ref, item["sk"])
    if upto < session.epoch - 1 or session.state is SessionState.OPEN:
        _cleared(session, upto, backend)
    else:
        backend.sessions.forget(session)


def _cleared(session: Session, epoch: int, backend: WritingBackend) -> None:
    """Note that nothing is left of the epoch; the owner may have changed the session meanwhile."""
    while True:
        try:
            backend.sessions.move(session, cleared=max(epoch, session.cleared))
        except Superseded:
            session = backend.sessions.find(session.ref) or session
        else:
            return


def _end_jobs(session: Session, upto: int, backend: WritingBackend, *, forget: bool) -> None:
    for item in _stale(session, upto, backend):
        if not item["sk"].startswith("H#"):
            continue
        ref = JobRef(tenant=session.tenant, job=past(item).job)
        with suppress(NotFound):
            cut_short(ref, EMPTIED, backend)
        backend.blobs.remove_under(ref.folder)
        if forget:
            backend.jobs.remove(ref)


def _drop_files(session: Session, upto: int, backend: WritingBackend, report: Report) -> None:
    names = {item["provider"] for item in _stale(session, upto, backend) if item["sk"].startswith("D#")}
    for name in sorted(names):
        provider = documents(backend.provider(name, session.tenant))
        if provider is None:
            continue
        try:
            for epoch in range(1, upto + 1):
                for file in list(provider.kept_documents(session.ref.marker(epoch))):
                    provider.drop_document(file)
        except ProviderRefused as error:
            report(name, error)


def _stale(session: Session, upto: int, backend: WritingBackend) -> Iterator[Item]:
    """Items of epochs up to this one."""
    for mark in KEPT:
        for item in list(backend.sessions.remembered(session.ref, mark)):
            if int(item["sk"].split("#")[1]) <= upto:
                yield item
