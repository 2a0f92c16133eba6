"""The HTTP API of batches."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field, ValidationError

from fanfold import problems, wiring
from fanfold.api import Api
from fanfold.batches import views
from fanfold.batches.accept import Caller, CreateBatch, create_batch
from fanfold.batches.upload import CreateUpload, create_upload
from fanfold.jobs.job import JobRef
from fanfold.observe import Event, count, logger, observed

app = Api()


class Paging(BaseModel):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@app.post("/v1/batches")
def create() -> Response[str]:
    body = app.body(CreateBatch, wiring.settings().max_body_bytes)
    job = create_batch(body, _caller(), wiring.batches())
    logger.info("accepted", extra={"job": job.id})
    count(BatchesAccepted=1)
    return app.answer(views.accepted(job), HTTPStatus.ACCEPTED, Location=f"/v1/batches/{job.id}")


@app.post("/v1/uploads")
def upload() -> Response[str]:
    body = app.body(CreateUpload, wiring.settings().max_body_bytes)
    return app.answer(create_upload(body, app.tenant(), wiring.batches()), HTTPStatus.CREATED)


@app.get("/v1/batches")
def index() -> Response[str]:
    paging = app.query(Paging)
    return app.answer(views.page(app.tenant(), paging.limit, paging.cursor, wiring.batches()))


@app.get("/v1/batches/<job>")
def show(job: str) -> Response[str]:
    return app.answer(views.show(_ref(job), wiring.batches()))


@app.get("/v1/batches/<job>/requests/.+")  # a custom_id may hold a slash; the gateway has decoded it
def show_request(job: str) -> Response[str]:
    custom_id = app.current_event.path_parameters["custom_id"]
    return app.answer(views.show_request(_ref(job), custom_id, wiring.batches()))


@app.get("/v1/batches/<job>/results")
def results(job: str) -> Response[str]:
    return app.download(views.results(_ref(job), wiring.batches()))


@app.get("/v1/batches/<job>/rejected")
def rejected(job: str) -> Response[str]:
    return app.download(views.rejected(_ref(job), wiring.batches()))


def _ref(job: str) -> JobRef:
    return JobRef(tenant=app.tenant(), job=job)


def _caller() -> Caller:
    key = app.current_event.headers.get("idempotency-key")
    said = {"tenant": app.tenant(), "correlation_id": app.correlation_id()}
    try:
        return Caller.model_validate(said if key is None else said | {"idempotency_key": key})
    except ValidationError as error:
        raise problems.invalid(error, "the Idempotency-Key is not as it should be") from error


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
