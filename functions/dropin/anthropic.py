"""Anthropic's surface: `Anthropic(base_url="https://…/anthropic", api_key="ff_…")`."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from dropin.app import app
from fanfold.dropin.anthropic import batches, results
from fanfold.dropin.anthropic.objects import AnthropicCreate
from fanfold.observe import count, logger
from fanfold.wiring import dropin as wiring

Answer = Response[Any]


@app.post("/anthropic/v1/messages/batches")
def create_messages() -> Answer:
    """Create a batch of requests."""
    body = app.body(AnthropicCreate, wiring.settings().max_body_bytes)
    made = batches.create(body, app.call(), wiring.batches())
    logger.info("accepted", extra={"job": made.id})
    count(BatchesAccepted=1)
    return app.json(made)


@app.get("/anthropic/v1/messages/batches")
def list_messages() -> Answer:
    """List batches, the newest first."""
    return app.json(batches.listed(app.tenant(), app.asked(batches.AnthropicPaging), wiring.batches()))


@app.get("/anthropic/v1/messages/batches/<batch>")
def show_messages(batch: str) -> Answer:
    """Show a batch."""
    return app.json(batches.retrieve(app.tenant(), batch, wiring.batches()))


@app.post("/anthropic/v1/messages/batches/<batch>/cancel")
def cancel_messages(batch: str) -> Answer:
    """End a batch early."""
    return app.json(batches.cancel(app.tenant(), batch, app.call().again, wiring.batches()))


@app.delete("/anthropic/v1/messages/batches/<batch>")
def delete_messages(batch: str) -> Answer:
    """Delete a batch that has ended."""
    return app.json(batches.delete(app.tenant(), batch, wiring.batches()))


@app.get("/anthropic/v1/messages/batches/<batch>/results")
def results_of_messages(batch: str) -> Answer:
    """Download the results of a batch."""
    found = results.results(app.tenant(), batch, app.is_bearer(), wiring.batches())
    return app.elsewhere(found.url) if found.url else app.file(found.body or b"")
