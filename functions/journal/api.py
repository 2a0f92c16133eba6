"""The HTTP API of the journal."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from fanfold import problems, wiring
from fanfold.api import Api
from fanfold.journal.export import Exported, export
from fanfold.journal.parse import unzipped
from fanfold.journal.post import Post, post
from fanfold.journal.read import Asked, list_entries, show_entry
from fanfold.journal.self_test import SelfTest, run_self_test
from fanfold.journal.statistics import StatsPeriod, statistics
from fanfold.journal.streams import Keep, keep_stream, list_streams
from fanfold.observe import Event, observed

app = Api(wiring.audit)


@app.post("/v1/logs")
def create() -> Response[str]:
    return app.answer(post(_command(), wiring.journal()), HTTPStatus.ACCEPTED)


@app.post("/v1/logs/test")
def test() -> Response[str]:
    trial = app.body(SelfTest, wiring.settings().max_body_bytes) if app.current_event.body else SelfTest()
    return app.answer(run_self_test(app.tenant(), trial, wiring.journal()))


@app.get("/v1/logs")
def index() -> Response[str]:
    return app.answer(list_entries(app.tenant(), app.query(Asked), wiring.journal()))


@app.get("/v1/logs/stats")
def stats() -> Response[str]:
    return app.answer(statistics(app.tenant(), app.query(StatsPeriod), wiring.journal()))


@app.get("/v1/logs/export")
def take() -> Response[str]:
    return app.download(export(app.tenant(), app.query(Exported), wiring.journal()))


@app.get("/v1/logs/streams")
def streams() -> Response[str]:
    return app.answer(list_streams(app.tenant(), wiring.journal()))


@app.put("/v1/logs/streams/<stream>")
def keep(stream: str) -> Response[str]:
    body = app.body(Keep, wiring.settings().max_body_bytes)
    return app.answer(keep_stream(app.tenant(), stream, body, wiring.journal()))


@app.get("/v1/logs/<id>")
def show(id: str) -> Response[str]:
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
