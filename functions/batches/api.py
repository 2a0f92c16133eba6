"""The HTTP API of batches."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.api import Api, Paging
from fanfold.batches import commands
from fanfold.batches.intake.create import CreateBatch, Input, create_batch
from fanfold.batches.intake.defaults import defaults, set_defaults
from fanfold.batches.model.batch import BatchJob, Options
from fanfold.batches.pilot import go
from fanfold.batches.plan.estimate import estimate
from fanfold.batches.redrive import Redrive, dead_letters, redrive
from fanfold.batches.results import error_groups
from fanfold.batches.views import batch as views
from fanfold.batches.views.budget import Budget, set_budget, show_budget
from fanfold.batches.views.download import DownloadOptions, Preparing, download
from fanfold.batches.views.pilot import show_pilot
from fanfold.batches.views.requests import Listing, list_requests, list_responses
from fanfold.jobs import life_cycle
from fanfold.jobs.job import JobRef
from fanfold.jobs.upload import CreateUpload, create_upload
from fanfold.observe import Event, count, logger, observed

app = Api(wiring.audit)


@app.post("/v1/batches")
def create() -> Response[str]:
    body = app.body(CreateBatch, wiring.settings().max_body_bytes)
    job = create_batch(body, app.caller(), wiring.batches())
    logger.info("accepted", extra={"job": job.id})
    count(BatchesAccepted=1)
    return app.answer(views.accepted(job, wiring.batches()), HTTPStatus.ACCEPTED, Location=f"/v1/batches/{job.id}")


@app.post("/v1/batches/estimate")
def estimate_batch() -> Response[str]:
    body = app.body(CreateBatch, wiring.settings().max_body_bytes)
    return app.answer(estimate(body, app.tenant(), wiring.batches()))


@app.post("/v1/uploads")
def upload() -> Response[str]:
    body = app.body(CreateUpload, wiring.settings().max_body_bytes)
    tenant, most = app.tenant(), wiring.settings().max_upload_bytes
    left = wiring.quotas().check_stored(tenant)
    made = create_upload(body, tenant, wiring.blobs(), most if left is None else min(most, left))
    return app.answer(made, HTTPStatus.CREATED)


@app.get("/v1/defaults")
def show_defaults() -> Response[str]:
    return app.answer(defaults(app.tenant(), wiring.batches()))


@app.put("/v1/defaults")
def put_defaults() -> Response[str]:
    options = app.body(Options, wiring.settings().max_body_bytes)
    return app.answer(set_defaults(app.tenant(), options, wiring.batches()))


@app.get("/v1/budget")
def show_own_budget() -> Response[str]:
    return app.answer(show_budget(app.tenant(), wiring.batches()))


@app.put("/v1/budget")
def put_budget() -> Response[str]:
    body = app.body(Budget, wiring.settings().max_body_bytes)
    return app.answer(set_budget(app.tenant(), body, wiring.batches()))


@app.get("/v1/batches")
def index() -> Response[str]:
    return app.answer(views.page(app.tenant(), app.query(views.Finding), wiring.batches()))


@app.post("/v1/batches/<job>/requests")
def add_requests(job: str) -> Response[str]:
    body = app.body(Input, wiring.settings().max_body_bytes)
    return _steered(commands.add_requests(_ref(job), body, wiring.batches()))


@app.post("/v1/batches/<job>/process")
def process(job: str) -> Response[str]:
    return _steered(commands.process(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/cancel")
def cancel(job: str) -> Response[str]:
    return _steered(life_cycle.cancel(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/pause")
def pause(job: str) -> Response[str]:
    return _steered(life_cycle.pause(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/resume")
def resume(job: str) -> Response[str]:
    return _steered(life_cycle.resume(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/retry")
def retry(job: str) -> Response[str]:
    asked = app.body(commands.Retry, wiring.settings().max_body_bytes) if app.has_body() else commands.Retry()
    return _steered(commands.retry(_ref(job), wiring.batches(), asked.what, asked.max_tokens))


@app.get("/v1/batches/<job>/pilot")
def pilot(job: str) -> Response[str]:
    return app.answer(show_pilot(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/go")
def begin_whole(job: str) -> Response[str]:
    asked = app.body(commands.Edit, wiring.settings().max_body_bytes) if app.has_body() else commands.Edit({})
    begun = go(_ref(job), asked, app.caller(), wiring.batches())
    return app.answer(views.accepted(begun, wiring.batches()), HTTPStatus.ACCEPTED, Location=f"/v1/batches/{begun.id}")


@app.delete("/v1/batches/<job>")
def delete(job: str) -> Response[str]:
    return _steered(life_cycle.delete(_ref(job), wiring.batches()))


@app.patch("/v1/batches/<job>")
def edit(job: str) -> Response[str]:
    body = app.body(commands.Edit, wiring.settings().max_body_bytes)
    return app.answer(views.view(commands.edit(_ref(job), body, wiring.batches())))


@app.get("/v1/batches/<job>")
def show(job: str) -> Response[str]:
    return app.answer(views.show(_ref(job), wiring.batches()))


@app.get("/v1/batches/<job>/requests/.+")  # a custom_id may hold a slash; the gateway has decoded it
def show_request(job: str) -> Response[str]:
    custom_id = app.path("custom_id")
    return app.answer(views.show_request(_ref(job), custom_id, wiring.batches()))


@app.get("/v1/batches/<job>/requests")
def requests(job: str) -> Response[str]:
    return app.answer(list_requests(_ref(job), app.query(Listing), wiring.batches()))


@app.get("/v1/batches/<job>/responses")
def responses(job: str) -> Response[str]:
    return app.answer(list_responses(_ref(job), app.query(Listing), wiring.batches()))


@app.get("/v1/batches/<job>/errors")
def errors(job: str) -> Response[str]:
    return app.answer(error_groups.errors(_ref(job), wiring.batches()))


@app.get("/v1/batches/<job>/results")
def results(job: str) -> Response[str]:
    wanted = app.query(DownloadOptions)
    if url := download(_ref(job), wanted, wiring.batches()):
        return app.download(url)
    return app.answer(Preparing(format=wanted.format), HTTPStatus.ACCEPTED, Retry_After="2")


@app.get("/v1/batches/<job>/rejected")
def rejected(job: str) -> Response[str]:
    return app.download(views.rejected(_ref(job), wiring.batches()))


@app.get("/v1/dlq")
def list_dead() -> Response[str]:
    paging = app.query(Paging)
    return app.answer(dead_letters(app.tenant(), paging.limit, paging.cursor, wiring.batches()))


@app.post("/v1/dlq/redrive")
def redrive_dead() -> Response[str]:
    body = app.body(Redrive, wiring.settings().max_body_bytes)
    return app.answer(redrive(app.tenant(), body, wiring.batches()), HTTPStatus.ACCEPTED)


def _steered(job: BatchJob) -> Response[str]:
    return app.answer(views.view(job), HTTPStatus.ACCEPTED)


def _ref(job: str) -> JobRef:
    return JobRef(tenant=app.tenant(), job=job)


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
