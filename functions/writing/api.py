"""The HTTP API of writing: sessions, what they learn from, and the jobs that train and write."""

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from fanfold.api import Api, Paging
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import cancel
from fanfold.observe import Event, count, logger, observed
from fanfold.replies import AcceptedReply, CreatedReply, LinkReply, OkReply, SameReply
from fanfold.wiring import writing as wiring
from fanfold.writing import create as accept
from fanfold.writing import job_views, session_views
from fanfold.writing import session_commands as open_session
from fanfold.writing.formats import Format
from fanfold.writing.job import WritingJob
from fanfold.writing.session import SessionOptions, SessionRef

app = Api(wiring.audit)


class Wanted(BaseModel):
    format: Format | None = None


@app.post("/v1/sessions")
def create() -> CreatedReply[session_views.SessionView]:
    """Create a writing session."""
    body = app.body(SessionOptions, wiring.settings().max_body_bytes)
    session = open_session.create_session(body, app.caller(), wiring.writing())
    shown = session_views.session_view(session, wiring.writing())
    return app.created(shown, f"/v1/sessions/{session.id}")


@app.get("/v1/sessions")
def index() -> OkReply[session_views.SessionPage]:
    """List sessions, the newest first."""
    paging = app.query(Paging)
    return app.answer(session_views.session_page(app.tenant(), paging.limit, paging.cursor, wiring.writing()))


@app.get("/v1/sessions/<session>")
def show(session: str) -> OkReply[session_views.SessionView]:
    """Show a session."""
    found = wiring.writing().sessions.get(_session(session))
    return app.answer(session_views.session_view(found, wiring.writing()))


@app.patch("/v1/sessions/<session>")
def edit(session: str) -> OkReply[session_views.SessionView]:
    """Change a session's name, model, language or tone."""
    body = app.body(open_session.EditSession, wiring.settings().max_body_bytes)
    edited = open_session.edit(_session(session), body, wiring.writing())
    return app.answer(session_views.session_view(edited, wiring.writing()))


@app.delete("/v1/sessions/<session>")
def delete(session: str) -> AcceptedReply[session_views.DeletedSession]:
    """Delete a session with everything of it."""
    open_session.delete(_session(session), wiring.writing())
    return app.accepted(session_views.DeletedSession(id=session))


@app.post("/v1/sessions/<session>/reset")
def reset(session: str) -> AcceptedReply[session_views.SessionView]:
    """Forget all documents, the profile and the texts; the options stay."""
    fresh = open_session.reset(_session(session), wiring.writing())
    return app.accepted(session_views.session_view(fresh, wiring.writing()))


@app.get("/v1/sessions/<session>/history")
def history(session: str) -> OkReply[job_views.JobPage]:
    """List the jobs of a session, the newest first."""
    paging = app.query(Paging)
    return app.answer(job_views.history(_session(session), paging.limit, paging.cursor, wiring.writing()))


@app.get("/v1/sessions/<session>/documents")
def documents(session: str) -> OkReply[session_views.DocumentList]:
    """List the documents that a session learns from."""
    return app.answer(session_views.documents_view(_session(session), wiring.writing()))


@app.get("/v1/sessions/<session>/profile")
def profile(session: str) -> OkReply[session_views.ProfileView]:
    """Show the style profile that a session has learnt."""
    return app.answer(session_views.show_profile(_session(session), wiring.writing()))


@app.patch("/v1/sessions/<session>/profile")
def edit_profile(session: str) -> OkReply[session_views.ProfileView]:
    """Change the style profile."""
    body = app.body(open_session.EditProfile, wiring.settings().max_body_bytes)
    return app.answer(session_views.profile_view(open_session.edit_profile(_session(session), body, wiring.writing())))


@app.post("/v1/sessions/<session>/uploads")
def upload(session: str) -> CreatedReply[accept.DocumentUpload]:
    """Get a form that uploads one PDF, without your key."""
    body = app.body(accept.CreateDocumentUpload, wiring.settings().max_body_bytes)
    return app.created(accept.create_upload(_session(session), body, wiring.writing()))


@app.post("/v1/sessions/<session>/train")
def train(session: str) -> AcceptedReply[job_views.WritingReceipt]:
    """Train a session on an uploaded PDF or a text."""
    body = app.body(accept.Train, wiring.settings().max_body_bytes)
    return _accepted(accept.train(_session(session), body, app.caller(), wiring.writing()))


@app.post("/v1/sessions/<session>/generate")
def generate(session: str) -> AcceptedReply[job_views.WritingReceipt]:
    """Write a text in the style of the session."""
    body = app.body(accept.Generate, wiring.settings().max_body_bytes)
    return _accepted(accept.generate(_session(session), body, app.caller(), wiring.writing()))


@app.get("/v1/jobs")
def jobs() -> OkReply[job_views.JobPage]:
    """List writing jobs, the newest first."""
    paging = app.query(Paging)
    return app.answer(job_views.job_page(app.tenant(), paging.limit, paging.cursor, wiring.writing()))


@app.get("/v1/jobs/<job>")
def show_job(job: str) -> OkReply[job_views.JobView]:
    """Show a writing job with its sections."""
    view, etag = job_views.show_job(_job(job), wiring.writing())
    return app.answer(view, etag)


@app.get("/v1/jobs/<job>/text")
def text(job: str) -> OkReply[job_views.LiveText] | SameReply:
    """Show the text as far as it is written."""
    etag = job_views.live_tag(_job(job), wiring.writing())
    if app.unchanged(etag):  # what is written so far need not be read
        return SameReply(etag)
    return app.answer(job_views.live(_job(job), wiring.writing()), etag)


@app.post("/v1/jobs/<job>/cancel")
def cancel_job(job: str) -> AcceptedReply[job_views.JobView]:
    """Cancel a writing job."""
    return app.accepted(job_views.job_view(cancel(_job(job), wiring.writing())))


@app.get("/v1/results/<job>")
def result(job: str) -> LinkReply:
    """Download the text in one of its forms."""
    return app.download(job_views.result(_job(job), app.query(Wanted).format, wiring.writing()))


def _accepted(job: WritingJob) -> AcceptedReply[job_views.WritingReceipt]:
    logger.info("accepted", extra={"job": job.id, "session": job.session})
    count(WritingJobsAccepted=1)
    receipt = job_views.WritingReceipt(id=job.id, created_at=job.created_at)
    return app.accepted(receipt, f"/v1/jobs/{job.id}")


def _session(session: str) -> SessionRef:
    return SessionRef(tenant=app.tenant(), session=session)


def _job(job: str) -> JobRef:
    return JobRef(tenant=app.tenant(), job=job)


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
