"""Sessions as their owners open, change and close them."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fanfold.clock import stamp
from fanfold.errors import Conflict, Invalid
from fanfold.jobs.identity import Caller, check_same, fingerprint_of, job_id
from fanfold.problems import invalid
from fanfold.quotas.guard import check_model as check_model_allowed
from fanfold.writing.backend import WritingBackend
from fanfold.writing.documents import Style, StyleProfile
from fanfold.writing.removal import start_removal
from fanfold.writing.session import Fact, Label, Session, SessionOptions, SessionRef, SessionState, Text


class EditSession(BaseModel):
    """The body of `PATCH /v1/sessions/{session}`."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    provider: str | None = None
    model: Text | None = None
    language: Text | None = None
    tone: Text | None = None
    metadata: dict[Label, Fact] | None = Field(default=None, max_length=16)


class EditProfile(BaseModel):
    """The body of `PATCH /v1/sessions/{session}/profile`: what it sets takes the place of what was learnt."""

    model_config = ConfigDict(extra="forbid")

    style: Style | None = None
    summary: str | None = Field(default=None, max_length=32_000)


def create_session(body: SessionOptions, caller: Caller, backend: WritingBackend) -> Session:
    """A new session, or the one that this idempotency key made before. Raises Invalid, KeyReused."""
    check_model(caller.tenant, body.provider, body.model, backend)
    now = stamp(backend.clock())
    session = Session(
        tenant=caller.tenant,
        id=job_id("session", caller.tenant, caller.idempotency_key),
        created_at=now,
        last_activity=now,
        fingerprint=fingerprint_of(body.model_dump(mode="json", exclude_none=True)),
        options=body,
    )
    before = backend.sessions.create(session)
    if before:
        check_same(before.fingerprint, session.fingerprint)
    return before or session


def edit(ref: SessionRef, body: EditSession, backend: WritingBackend) -> Session:
    """Change what the owner says of it. Raises Invalid."""
    session = backend.sessions.get(ref)
    news = body.model_dump(exclude_unset=True)
    if "provider" in news and "model" not in news and news["provider"] != session.options.provider:
        news["model"] = None
    try:
        options = SessionOptions.model_validate({**session.options.model_dump(), **news})
    except ValidationError as error:
        raise invalid(error, "the session is not as it should be") from None
    check_model(ref.tenant, options.provider, options.model, backend)
    return backend.sessions.move(session, options=options, last_activity=stamp(backend.clock()))


def edit_profile(ref: SessionRef, body: EditProfile, backend: WritingBackend) -> StyleProfile:
    """Change what the session has learnt. Raises Conflict before there is anything."""
    session = backend.sessions.get(ref)
    before = backend.documents.profile(session)
    if before is None:
        raise Conflict(f"session {session.id} is not trained yet: it has no profile", field="session")
    given = body.style.model_dump(exclude_unset=True) if body.style else {}
    news = {
        "style": before.style.model_copy(update=given),
        "summary": before.summary if body.summary is None else body.summary,
        "version": before.version + 1,
        "edited": True,
        "updated_at": stamp(backend.clock()),
    }
    after = before.model_copy(update=news)
    backend.documents.put_profile(session, after, before)
    return after


def reset(ref: SessionRef, backend: WritingBackend) -> Session:
    """Forget all documents, the profile, and the jobs with their results; its options stay."""
    emptied = backend.sessions.empty(backend.sessions.get(ref), delete=False)
    start_removal(emptied, backend)
    return emptied


def delete(ref: SessionRef, backend: WritingBackend) -> None:
    """Forget the session: at once for its owner, then everything of it, here and at its provider."""
    session = backend.sessions.find(ref)
    if session is None:
        backend.sessions.get(ref)
    elif session.state is SessionState.OPEN:
        start_removal(backend.sessions.empty(session, delete=True), backend)


def check_model(tenant: str, provider: str, model: str | None, backend: WritingBackend) -> None:
    """Refuse a provider or a model that there is not, or that does not answer at once. Raises Invalid, and Forbidden
    for one that the operator does not let the tenant ask."""
    if provider in backend.settings.disabled_providers:
        raise Invalid(f"{provider} is switched off in this deployment", field="provider")
    found = backend.provider(provider)
    if "realtime" not in found.capabilities.lanes:
        raise Invalid(f"{provider} does not answer at once", field="provider")
    if model is not None and not found.knows(model):
        raise Invalid(f"{model!r} is no model of {provider}", field="model")
    check_model_allowed(backend.quotas.of(tenant), provider, model or found.default_model)
