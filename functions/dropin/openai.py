"""OpenAI's surface: `OpenAI(base_url="https://…/openai/v1", api_key="ff_…")`."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from dropin.app import app
from fanfold.dropin.openai import batches, files, models, uploads
from fanfold.dropin.openai.forms import sent_file, sent_part
from fanfold.dropin.openai.objects import OpenAICreate
from fanfold.observe import count, logger
from fanfold.surfaces import MOST_PLAIN_BYTES
from fanfold.wiring import dropin as wiring

Answer = Response[Any]
FORM_BYTES = 64 * 1024
"""What a form has around its file, at most."""


@app.post("/openai/v1/files")
def create_file() -> Answer:
    """Send a file of requests, or say what is to be sent and get a form for it."""
    if (app.header("content-type") or "").startswith("application/json"):
        announced = app.body(files.AnnouncedFile, wiring.settings().max_body_bytes)
        return app.json(files.announce(announced, app.tenant(), wiring.batches()))
    sent = sent_file(app.header("content-type") or "", app.raw(wiring.settings().max_body_bytes + FORM_BYTES))
    return app.json(files.create(sent, app.tenant(), wiring.batches()))


@app.get("/openai/v1/files")
def list_files() -> Answer:
    """List the files that were sent."""
    return app.json(files.listed(app.tenant(), app.asked(files.FilePaging), wiring.batches()))


@app.get("/openai/v1/files/<file>")
def show_file(file: str) -> Answer:
    """Show a file."""
    return app.json(files.retrieve_file(app.tenant(), file, wiring.batches()))


@app.delete("/openai/v1/files/<file>")
def delete_file(file: str) -> Answer:
    """Delete a file."""
    return app.json(files.delete(app.tenant(), file, wiring.batches()))


@app.get("/openai/v1/files/<file>/content")
def file_content(file: str) -> Answer:
    """Download a file."""
    found = files.contents(app.tenant(), file, MOST_PLAIN_BYTES, wiring.batches())
    return app.elsewhere(found.url) if found.url else app.file(found.body or b"")


@app.post("/openai/v1/uploads")
def create_upload() -> Answer:
    """Begin a file that comes in parts."""
    body = app.body(uploads.CreateOpenAIUpload, wiring.settings().max_body_bytes)
    return app.json(uploads.create(body, app.tenant(), wiring.batches()))


@app.post("/openai/v1/uploads/<upload>/parts")
def add_part(upload: str) -> Answer:
    """Send a part of a file."""
    part = sent_part(app.header("content-type") or "", app.raw(wiring.settings().max_body_bytes + FORM_BYTES))
    return app.json(uploads.add_part(app.tenant(), upload, part, wiring.batches()))


@app.post("/openai/v1/uploads/<upload>/complete")
def complete_upload(upload: str) -> Answer:
    """Put the parts together."""
    body = app.body(uploads.CompleteUpload, wiring.settings().max_body_bytes)
    return app.json(uploads.complete(app.tenant(), upload, body, wiring.batches()))


@app.post("/openai/v1/uploads/<upload>/cancel")
def cancel_upload(upload: str) -> Answer:
    """Forget the parts."""
    return app.json(uploads.cancel(app.tenant(), upload, wiring.batches()))


@app.post("/openai/v1/batches")
def create_batch() -> Answer:
    """Create a batch of a file's lines."""
    body = app.body(OpenAICreate, wiring.settings().max_body_bytes)
    made = batches.create(body, app.call(), wiring.batches())
    logger.info("accepted", extra={"job": made.id})
    count(BatchesAccepted=1)
    return app.json(made)


@app.get("/openai/v1/batches")
def list_batches() -> Answer:
    """List batches, the newest first."""
    return app.json(batches.listed(app.tenant(), app.asked(batches.OpenAIPaging), wiring.batches()))


@app.get("/openai/v1/batches/<batch>")
def show_batch(batch: str) -> Answer:
    """Show a batch."""
    return app.json(batches.retrieve(app.tenant(), batch, wiring.batches()))


@app.post("/openai/v1/batches/<batch>/cancel")
def cancel_batch(batch: str) -> Answer:
    """End a batch early."""
    return app.json(batches.cancel(app.tenant(), batch, app.call().again, wiring.batches()))


@app.get("/openai/v1/models")
def list_models() -> Answer:
    """List the models of every provider."""
    return app.json(models.models(wiring.batches()))


@app.get("/openai/v1/models/<model>")
def show_model(model: str) -> Answer:
    """Show a model."""
    return app.json(models.model(model, wiring.batches()))
