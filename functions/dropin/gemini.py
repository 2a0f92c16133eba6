"""Gemini's surface: `genai.Client(api_key="ff_…", http_options=HttpOptions(base_url="https://…/gemini"))`."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from dropin.app import app
from fanfold.dropin.gemini import batches, files
from fanfold.dropin.gemini.batches import GeminiPaging
from fanfold.dropin.gemini.objects import GeminiCreate, UploadAsked
from fanfold.observe import count, logger
from fanfold.wiring import dropin as wiring

Answer = Response[Any]
STATUS = "x-goog-upload-status"


@app.post("/gemini/<version>/models/<model>:batchGenerateContent")
def create_generation(version: str, model: str) -> Answer:
    """Create a batch of requests, inline or from a file."""
    body = app.body(GeminiCreate, wiring.settings().max_body_bytes)
    made = batches.create(model, body, app.call(), wiring.batches())
    logger.info("accepted", extra={"job": made["name"]})
    count(BatchesAccepted=1)
    return app.json(made)


@app.get("/gemini/<version>/batches")
def list_generations(version: str) -> Answer:
    """List batches, the newest first."""
    return app.json(batches.listed(app.tenant(), app.asked(GeminiPaging), wiring.batches()))


@app.get("/gemini/<version>/batches/<batch>")
def show_generation(version: str, batch: str) -> Answer:
    """Show a batch."""
    return app.json(batches.retrieve(app.tenant(), batch, wiring.batches()))


@app.post("/gemini/<version>/batches/<batch>:cancel")
def cancel_generation(version: str, batch: str) -> Answer:
    """End a batch early."""
    batches.cancel(app.tenant(), batch, wiring.batches())
    return app.json({})


@app.delete("/gemini/<version>/batches/<batch>")
def delete_generation(version: str, batch: str) -> Answer:
    """Delete a batch."""
    batches.delete(app.tenant(), batch, wiring.batches())
    return app.json({})


@app.post("/gemini/upload/<version>/files")
def start_upload(version: str) -> Answer:
    """Get a place that a file can be sent to."""
    most = wiring.settings().max_body_bytes
    size = int(app.header("x-goog-upload-header-content-length") or "1")
    session = files.start(app.body(UploadAsked, most), size, most, app.tenant(), wiring.batches())
    place = app.url(f"/gemini/upload/{version}/files/{session}")
    return app.json({}, {"x-goog-upload-url": place, STATUS: "active"})


@app.post("/gemini/upload/<version>/files/<session>")
def receive_upload(version: str, session: str) -> Answer:
    """Send a file to the place that was made for it; its name is the permission."""
    command, body = app.header("x-goog-upload-command") or "", app.raw(wiring.settings().max_body_bytes)
    return app.json(files.receive(session, command, body, wiring.batches()), {STATUS: "final"})


@app.get("/gemini/<version>/files")
def list_sent(version: str) -> Answer:
    """List the files that were sent."""
    return app.json(files.listed(app.tenant(), app.asked(GeminiPaging), wiring.batches()))


@app.get("/gemini/<version>/files/<file>:download")
def download_results(version: str, file: str) -> Answer:
    """Download the results of a batch."""
    found = files.contents(app.tenant(), file, app.is_bearer(), wiring.batches())
    return app.elsewhere(found.url) if found.url else app.file(found.body or b"")


@app.get("/gemini/<version>/files/<file>")
def show_sent(version: str, file: str) -> Answer:
    """Show a file."""
    return app.json(files.retrieve(app.tenant(), file, wiring.batches()))


@app.delete("/gemini/<version>/files/<file>")
def delete_sent(version: str, file: str) -> Answer:
    """Delete a file."""
    files.delete(app.tenant(), file, wiring.batches())
    return app.json({})
