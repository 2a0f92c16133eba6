"""Sessions that are reset, deleted or left alone: nothing of them is left, whatever was going on."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from fanfold.errors import Conflict, NotFound, ProviderRefused, ProviderUnavailable
from fanfold.jobs.job import State
from fanfold.writing import job_views, session_views
from fanfold.writing.create import Train, train
from fanfold.writing.job import WritingJob
from fanfold.writing.session import Session
from fanfold.writing.session_commands import delete, reset
from fanfold.writing.steps import run
from fanfold.writing.sweep import sweep
from tests.fakes import pdfs
from tests.fakes.crash import Crash, Fuse
from tests.fakes.writing import Studio


@pytest.fixture
def studio() -> Studio:
    return Studio()


def on_a_pdf(studio: Studio, session: Session, body: bytes | None = None) -> WritingJob:
    """A job that trains on a PDF."""
    upload = studio.upload(session, body or pdfs.pdf("Plain words.", "More of them."))
    return train(session.ref, Train(upload=upload), studio.caller(session.tenant), studio.backend)


def left(studio: Studio) -> list[str]:
    """Whatever there is besides counts, statistics and what was spent."""
    sums = ("STATS", "BUDGET#2026-11")
    items = [str(key) for key in studio.table.items if key.pk != "WRITING" and not f"{key.pk}#{key.sk}".count("STATS")]
    items = [each for each in items if not any(name in each for name in sums)]
    return [*items, *studio.blobs.objects, *studio.writer.files]


def test_a_pdf_is_among_the_providers_files_once(studio: Studio) -> None:
    session = studio.open()
    job = on_a_pdf(studio, session)
    studio.run()
    assert list(studio.writer.files.values()) == [f"fanfold-{session.id}-0001-{job.id}.pdf"]
    document = session_views.documents_view(session.ref, studio.backend).documents[0]
    assert (document.title, document.pages, document.state, document.sent_as) == ("style", 2, "ready", "file")
    written = studio.generate(session)
    studio.run()
    assert studio.job(written).words == 600


def test_a_pdf_of_too_many_pages_goes_in_as_text(studio: Studio) -> None:
    studio.writer.most_document_pages = 1
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    assert studio.writer.files == {}
    assert session_views.documents_view(session.ref, studio.backend).documents[0].sent_as == "text"


def test_pages_without_text_are_told(studio: Studio) -> None:
    session = studio.open()
    job = on_a_pdf(studio, session, pdfs.pdf("words", "", "words", ""))
    studio.run()
    assert studio.job(job).notes == ("pages without text, such as scans: 2, 4",)
    assert session_views.documents_view(session.ref, studio.backend).documents[0].pages_without_text == (2, 4)


@pytest.mark.parametrize(
    ("body", "said"),
    [(pdfs.encrypted(), "encrypted"), (pdfs.pictures(), "none of its 2 pages"), (pdfs.bomb(), "packed or nested")],
    ids=["encrypted", "pictures", "bomb"],
)
def test_a_bad_pdf_fails_its_job_and_leaves_nothing_running(studio: Studio, body: bytes, said: str) -> None:
    session = studio.open()
    job = on_a_pdf(studio, session, body)
    studio.run()
    done = studio.job(job)
    assert done.state is State.FAILED
    assert said in (done.error or "")
    document = session_views.documents_view(session.ref, studio.backend).documents[0]
    assert (document.state, document.error) == ("failed", done.error)
    assert studio.writer.asked == []
    assert studio.writer.files == {}
    assert studio.unfinished() == []
    with pytest.raises(Conflict):
        studio.generate(session)


def test_a_file_that_is_no_pdf_is_refused_at_once(studio: Studio) -> None:
    session = studio.open()
    with pytest.raises(Exception, match=r"style\.pdf is no PDF: it is a program for Windows"):
        on_a_pdf(studio, session, b"MZ\x90" + bytes(3000))
    assert list(studio.backend.jobs.open()) == []


@pytest.mark.parametrize("upload", ["nothing/here.pdf", f"{'a' * 32}/../x.pdf", f"{'a' * 32}/missing.pdf", ""])
def test_an_upload_that_is_not_this_sessions_is_not_found(studio: Studio, upload: str) -> None:
    session, other = studio.open(), studio.open()
    studio.upload(other, pdfs.pdf("secret"), "missing.pdf")
    with pytest.raises(NotFound):
        train(session.ref, Train(upload=upload), studio.caller(), studio.backend)


def test_deleting_a_session_leaves_nothing(studio: Studio) -> None:
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    job = studio.generate(session)
    studio.run()
    delete(session.ref, studio.backend)
    delete(session.ref, studio.backend)
    assert studio.backend.sessions.count() == 0
    assert session_views.session_page("acme", 10, None, studio.backend).sessions == []
    with pytest.raises(NotFound):
        studio.backend.sessions.get(session.ref)
    studio.run()
    assert left(studio) == []
    with pytest.raises(NotFound):
        studio.job(job)
    delete_again = session.ref
    with pytest.raises(NotFound):
        delete(delete_again, studio.backend)


def test_a_reset_session_begins_anew(studio: Studio) -> None:
    session = studio.open(name="kept")
    on_a_pdf(studio, session)
    studio.run()
    studio.generate(session)
    studio.run()
    fresh = reset(session.ref, studio.backend)
    assert (fresh.options.name, fresh.trained, fresh.epoch) == ("kept", False, 2)
    with pytest.raises(Conflict, match="not trained"):
        studio.generate(fresh)
    assert job_views.history(session.ref, 10, None, studio.backend).jobs == []
    studio.run()
    assert studio.writer.files == {}
    assert studio.blobs.objects == {}
    assert not studio.backend.sessions.get(session.ref).stale
    on_a_pdf(studio, fresh)
    studio.run()
    job = studio.generate(fresh)
    studio.run()
    assert studio.job(job).state is State.COMPLETED
    assert studio.backend.sessions.count() == 1


def test_a_session_emptied_again_during_a_removal_is_cleared_by_the_next(studio: Studio) -> None:
    """The first removal's last pass comes while workers of the epoch behind it may live."""
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    once = reset(session.ref, studio.backend)
    command = {"step": "remove", "tenant": "acme", "job": session.id, "upto": 1}
    studio.step(command | {"last": False})
    on_a_pdf(studio, once)
    twice = reset(session.ref, studio.backend)
    studio.step(command | {"last": True})
    late = f"{twice.ref.folder(2)}late.txt"
    studio.blobs.put(late, b"of a worker that lived on")
    found = studio.backend.sessions.get(session.ref)
    assert (found.cleared, found.stale) == (1, True)
    delete(session.ref, studio.backend)
    studio.settle()
    assert left(studio) == []


def test_only_what_is_old_goes_with_a_reset(studio: Studio) -> None:
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    fresh = reset(session.ref, studio.backend)
    on_a_pdf(studio, fresh)
    studio.run()
    assert len(studio.writer.files) == 1
    assert all(f"-{fresh.epoch:04d}-" in name for name in studio.writer.files.values())
    job = studio.generate(fresh)
    studio.run()
    assert studio.job(job).state is State.COMPLETED


@pytest.mark.parametrize("at", range(1, 40, 3))
def test_a_session_deleted_while_it_learns_and_writes_leaves_nothing(studio: Studio, at: int) -> None:
    """At each of these calls the worker is overtaken by the deletion, and goes on as if it were not."""
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    jobs = [studio.generate(session), on_a_pdf(studio, session)]
    calls = 0

    class Overtaken:
        def __init__(self, port: object) -> None:
            self.port = port

        def __getattr__(self, name: str) -> object:
            found = getattr(self.port, name)

            def call(*given: object, **named: Any) -> object:
                nonlocal calls
                calls += 1
                if calls == at:
                    studio.through = lambda port: port
                    delete(session.ref, studio.backend)
                    command = {"step": "remove", "tenant": "acme", "job": session.id, "upto": 1, "last": False}
                    run(command, studio.backend, lambda name, error: None)
                return found(*given, **named)

            return call if callable(found) and name not in ("knows", "body", "parts") else found

    studio.through = Overtaken
    backend = studio.backend
    for job in jobs:
        studio.alone(partial(studio.execute, job.execution_name))
    assert backend
    studio.through = lambda port: port
    if calls < at:
        delete(session.ref, studio.backend)
    studio.settle()
    assert left(studio) == []


@pytest.mark.parametrize("length", range(1, 60, 4))
def test_a_removal_that_dies_on_the_way_comes_to_its_end(studio: Studio, length: int) -> None:
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    studio.generate(session)
    studio.through = Fuse(length, length).on
    studio.fragile = length % 2 == 0
    studio.alone(lambda: delete(session.ref, studio.backend))
    studio.alone(studio.run)
    studio.through = lambda port: port
    if studio.backend.sessions.find(session.ref):
        delete(session.ref, studio.backend)
    studio.settle()
    assert left(studio) == []


@pytest.mark.parametrize("length", range(1, 6))
def test_a_session_deleted_behind_a_reset_goes_wherever_the_deletion_died(studio: Studio, length: int) -> None:
    """The removal of the reset has ended well, so its name alone does not show that another is due."""
    session = studio.open()
    reset(session.ref, studio.backend)
    studio.run()
    studio.through = Fuse(length).on
    studio.alone(lambda: delete(session.ref, studio.backend))
    studio.through = lambda port: port
    if studio.backend.sessions.find(session.ref):
        delete(session.ref, studio.backend)
    studio.settle()
    assert left(studio) == []


def test_what_a_provider_will_not_delete_is_told_and_holds_up_nothing(studio: Studio) -> None:
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    delete(session.ref, studio.backend)
    told: list[str] = []

    def refuse(id: str) -> None:
        raise ProviderRefused("no key")

    studio.writer.drop_document = refuse  # type: ignore[method-assign]
    command = {"step": "remove", "tenant": "acme", "job": session.id, "upto": 1, "last": True}
    run(command, studio.backend, lambda name, error: told.append(f"{name}: {error}"))
    assert told == ["anthropic: no key"]
    assert left(studio) == list(studio.writer.files)


def test_a_removal_waits_for_a_provider_that_is_away(studio: Studio) -> None:
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    drop, away = studio.writer.drop_document, [1] * 6

    def unavailable(id: str) -> None:
        if away:
            away.pop()
            raise ProviderUnavailable("away")
        drop(id)

    studio.writer.drop_document = unavailable  # type: ignore[method-assign]
    delete(session.ref, studio.backend)
    studio.settle()
    assert left(studio) == []


def test_idle_sessions_go_and_busy_ones_stay(studio: Studio) -> None:
    idle, busy, fresh = studio.trained(), studio.trained(), studio.trained()
    waiting = studio.generate(busy)
    studio.wait(studio.settings.session_idle_days * 86_400 + 1)
    studio.generate(fresh, words=100)
    assert sweep(studio.backend).idle == 1
    with pytest.raises(NotFound):
        studio.backend.sessions.get(idle.ref)
    studio.settle()
    assert studio.job(waiting).state is State.COMPLETED
    assert studio.backend.sessions.get(fresh.ref).trained


def test_jobs_past_their_retention_go_with_their_texts(studio: Studio) -> None:
    session = studio.trained()
    job = studio.generate(session)
    studio.run()
    studio.wait(studio.settings.retention_days * 86_400 + 1)
    kept = studio.generate(session, words=100)
    studio.run()
    swept = sweep(studio.backend)
    assert swept.expired == 2
    with pytest.raises(NotFound):
        studio.job(job)
    assert not [key for key in studio.blobs.objects if job.id in key]
    assert [each.id for each in job_views.history(session.ref, 10, None, studio.backend).jobs] == [kept.id]


@pytest.mark.parametrize("length", range(1, 90, 5))
@pytest.mark.parametrize("fragile", [True, False])
def test_a_crash_anywhere_pays_for_at_most_one_more_piece(studio: Studio, length: int, fragile: bool) -> None:
    session = studio.open()
    on_a_pdf(studio, session)
    studio.run()
    job = studio.generate(session)
    fuse = Fuse(length)
    studio.through, studio.fragile = fuse.on, fragile
    with suppress(Crash):  # in the step that closes a run
        studio.run()
    studio.through = lambda port: port
    studio.settle()
    assert studio.job(job).state is State.COMPLETED
    assert studio.job(job).words == 600
    assert sum(studio.writer.paid.values()) <= 5 + fuse.crashes
    assert len(studio.writer.files) == 1
    assert len(studio.backend.leases.held()) == 0
    tally = studio.backend.sessions.tally(session.ref)
    assert tally.jobs == 2


def test_a_job_past_its_retention_whose_removal_died_is_gone_for_its_owner_and_then_altogether(studio: Studio) -> None:
    session = studio.trained()
    job = studio.generate(session)
    studio.run()
    studio.backend.jobs.move(studio.job(job), state=State.DELETING)
    with pytest.raises(NotFound):
        job_views.show_job(job.ref, studio.backend)
    assert job.id not in [each.id for each in job_views.job_page("acme", 10, None, studio.backend).jobs]
    assert job.id not in [each.id for each in job_views.history(session.ref, 10, None, studio.backend).jobs]
    assert sweep(studio.backend).removed == 1
    with pytest.raises(NotFound):
        studio.job(job)
    assert not [key for key in studio.blobs.objects if job.id in key]
