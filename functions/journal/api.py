"""The HTTP API of the journal."""

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from fanfold import problems
from fanfold.api import Api
from fanfold.journal.entry import EntryView
from fanfold.journal.export import EntryExport, ExportView, ask_export, show_export
from fanfold.journal.flush_now import FlushedNow, flush_now
from fanfold.journal.parse import unzipped
from fanfold.journal.post import LogReceipt, Post, post
from fanfold.journal.read import EntryFilters, EntryPage, list_entries, show_entry
from fanfold.journal.self_test import SelfTest, SelfTestResult, run_self_test
from fanfold.journal.statistics import Statistics, StatsPeriod, statistics
from fanfold.journal.streams import KeepStream, Streams, StreamView, keep_stream, list_streams
from fanfold.observe import Event, observed
from fanfold.replies import AcceptedReply, OkReply
from fanfold.wiring import journal as wiring

app = Api(wiring.audit)


@app.post("/v1/logs")
def create() -> AcceptedReply[LogReceipt]:
    """Post log entries: one, a list, or JSON Lines; gzip if you like."""
    return app.accepted(post(_command(), wiring.journal()))


@app.post("/v1/logs/test")
def test() -> OkReply[SelfTestResult]:
    """Send entries through the journal and time their way."""
    trial = app.body(SelfTest, wiring.settings().max_body_bytes) if app.current_event.body else SelfTest()
    return app.answer(run_self_test(app.tenant(), trial, wiring.journal()))


@app.post("/v1/logs/flush")
def flush() -> OkReply[FlushedNow]:
    """Move what you have posted to cold storage, now."""
    return app.answer(flush_now(app.tenant(), wiring.journal()))


@app.get("/v1/logs")
def index() -> OkReply[EntryPage]:
    """List entries, the newest first."""
    return app.answer(list_entries(app.tenant(), app.query(EntryFilters), wiring.journal()))


@app.get("/v1/logs/stats")
def stats() -> OkReply[Statistics]:
    """Show how many entries came in, by level, and how they fared."""
    return app.answer(statistics(app.tenant(), app.query(StatsPeriod), wiring.journal()))


@app.post("/v1/logs/exports")
def export() -> AcceptedReply[ExportView]:
    """Have all entries that pass the filters written to a file."""
    wanted = app.body(EntryExport, wiring.settings().max_body_bytes)
    made = ask_export(app.tenant(), wanted, wiring.journal())
    return app.accepted(made, f"/v1/logs/exports/{made.id}")


@app.get("/v1/logs/exports/<id>")
def exported(id: str) -> OkReply[ExportView]:
    """Show how far an export is; its file, once it is made."""
    return app.answer(show_export(app.tenant(), id, wiring.journal()))


@app.get("/v1/logs/streams")
def streams() -> OkReply[Streams]:
    """List the streams."""
    return app.answer(list_streams(app.tenant(), wiring.journal()))


@app.put("/v1/logs/streams/<stream>")
def keep(stream: str) -> OkReply[StreamView]:
    """Set how long a stream is kept."""
    body = app.body(KeepStream, wiring.settings().max_body_bytes)
    return app.answer(keep_stream(app.tenant(), stream, body, wiring.journal()))


@app.get("/v1/logs/<id>")
def show(id: str) -> OkReply[EntryView]:
    """Show one entry."""
    return app.answer(show_entry(app.tenant(), id, wiring.journal()))


def _command() -> Post:
    tenant, most, headers = app.tenant(), wiring.settings().max_body_bytes, app.current_event.headers
    body = app.raw(most)
    if "gzip" in (headers.get("content-encoding", "").lower(), headers.get("content-type", "").rpartition("/")[2]):
        body = unzipped(body, most)
    try:
        return Post(tenant=tenant, body=body, idempotency_key=headers.get("idempotency-key"))
    except ValidationError as error:
        raise problems.invalid(error, "the Idempotency-Key is not as it should be") from None


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
