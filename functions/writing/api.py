"""The HTTP API of writing: sessions, what they learn from, and the jobs that train and write."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from fanfold import wiring
from fanfold.api import Api, Paging
from fanfold.jobs.job import JobRef
from fanfold.observe import Event, count, logger, observed
from fanfold.writing import create as accept
from fanfold.writing import open_session, views
from fanfold.writing.formats import Format
from fanfold.writing.job import WritingJob
from fanfold.writing.session import SessionOptions, SessionRef
from fanfold.writing.steering import cancel

app = Api(wiring.audit)
ACTIVE = frozenset({"pending", "training", "generating"})
NEXT_LOOK = "2"
"""Seconds until it is worth looking at an active job again."""


class Wanted(BaseModel):
    format: Format | None = None


@app.post("/v1/sessions")
def create() -> Response[str]:
    body = app.body(SessionOptions, wiring.settings().max_body_bytes)
    session = open_session.create_session(body, app.caller(), wiring.writing())
    shown = views.session_view(session, wiring.writing())
    return app.answer(shown, HTTPStatus.CREATED, Location=f"/v1/sessions/{session.id}")


@app.get("/v1/sessions")
def index() -> Response[str]:
    paging = app.query(Paging)
    return app.answer(views.session_page(app.tenant(), paging.limit, paging.cursor, wiring.writing()))


@app.get("/v1/sessions/<session>")
def show(session: str) -> Response[str]:
    found = wiring.writing().sessions.get(_session(session))
    return app.answer(views.session_view(found, wiring.writing()))


@app.patch("/v1/sessions/<session>")
def edit(session: str) -> Response[str]:
    body = app.body(open_session.Edit, wiring.settings().max_body_bytes)
    edited = open_session.edit(_session(session), body, wiring.writing())
    return app.answer(views.session_view(edited, wiring.writing()))


@app.delete("/v1/sessions/<session>")
def delete(session: str) -> Response[str]:
    open_session.delete(_session(session), wiring.writing())
    return app.nothing(HTTPStatus.ACCEPTED)


@app.post("/v1/sessions/<session>/reset")
def reset(session: str) -> Response[str]:
    fresh = open_session.reset(_session(session), wiring.writing())
    return app.answer(views.session_view(fresh, wiring.writing()), HTTPStatus.ACCEPTED)


@app.get("/v1/sessions/<session>/history")
def history(session: str) -> Response[str]:
    paging = app.query(Paging)
    return app.answer(views.history(_session(session), paging.limit, paging.cursor, wiring.writing()))


@app.get("/v1/sessions/<session>/documents")
def documents(session: str) -> Response[str]:
    return app.answer(views.documents_view(_session(session), wiring.writing()))


@app.get("/v1/sessions/<session>/profile")
def profile(session: str) -> Response[str]:
    return app.answer(views.show_profile(_session(session), wiring.writing()))


@app.patch("/v1/sessions/<session>/profile")
def edit_profile(session: str) -> Response[str]:
    body = app.body(open_session.EditProfile, wiring.settings().max_body_bytes)
    return app.answer(views.profile_view(open_session.edit_profile(_session(session), body, wiring.writing())))


@app.post("/v1/sessions/<session>/uploads")
def upload(session: str) -> Response[str]:
    body = app.body(accept.CreateUpload, wiring.settings().max_body_bytes)
    return app.answer(accept.create_upload(_session(session), body, wiring.writing()), HTTPStatus.CREATED)


@app.post("/v1/sessions/<session>/train")
def train(session: str) -> Response[str]:
    body = app.body(accept.Train, wiring.settings().max_body_bytes)
    return _accepted(accept.train(_session(session), body, app.caller(), wiring.writing()))


@app.post("/v1/sessions/<session>/generate")
def generate(session: str) -> Response[str]:
    body = app.body(accept.Generate, wiring.settings().max_body_bytes)
    return _accepted(accept.generate(_session(session), body, app.caller(), wiring.writing()))


@app.get("/v1/jobs")
def jobs() -> Response[str]:
    paging = app.query(Paging)
    return app.answer(views.job_page(app.tenant(), paging.limit, paging.cursor, wiring.writing()))


@app.get("/v1/jobs/<job>")
def show_job(job: str) -> Response[str]:
    view, etag = views.show_job(_job(job), wiring.writing())
    if app.unchanged(etag):
        return app.nothing(HTTPStatus.NOT_MODIFIED, ETag=etag)
    return app.answer(view, HTTPStatus.OK, ETag=etag, **_again(view.state))


@app.get("/v1/jobs/<job>/text")
def text(job: str) -> Response[str]:
    etag = views.live_tag(_job(job), wiring.writing())
    if app.unchanged(etag):
        return app.nothing(HTTPStatus.NOT_MODIFIED, ETag=etag)
    found = views.live(_job(job), wiring.writing())
    return app.answer(found, HTTPStatus.OK, ETag=etag, **_again(found.state))


@app.post("/v1/jobs/<job>/cancel")
def cancel_job(job: str) -> Response[str]:
    return app.answer(views.job_view(cancel(_job(job), wiring.writing())), HTTPStatus.ACCEPTED)


@app.get("/v1/results/<job>")
def result(job: str) -> Response[str]:
    return app.download(views.result(_job(job), app.query(Wanted).format, wiring.writing()))


def _accepted(job: WritingJob) -> Response[str]:
    logger.info("accepted", extra={"job": job.id, "session": job.session})
    count(WritingJobsAccepted=1)
    receipt = views.Accepted(id=job.id, created_at=job.created_at)
    return app.answer(receipt, HTTPStatus.ACCEPTED, Location=f"/v1/jobs/{job.id}")


def _again(state: str) -> dict[str, str]:
    """When to look again, if that is worth it."""
    return {"Retry_After": NEXT_LOOK} if state in ACTIVE else {}


def _session(session: str) -> SessionRef:
    return SessionRef(tenant=app.tenant(), session=session)


def _job(job: str) -> JobRef:
    return JobRef(tenant=app.tenant(), job=job)


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
