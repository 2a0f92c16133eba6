"""The HTTP API of batches."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.api import Api, Paging
from fanfold.batches import commands, templates
from fanfold.batches.intake.create import CreateBatch, Input, create_batch
from fanfold.batches.intake.defaults import defaults, set_defaults
from fanfold.batches.model.batch import BatchJob, Options
from fanfold.batches.pilot import go
from fanfold.batches.plan.estimate import EstimateView, estimate
from fanfold.batches.redrive import DeadLetterPage, Redrive, Redriven, dead_letters, redrive
from fanfold.batches.results import error_groups
from fanfold.batches.views import batch as views
from fanfold.batches.views.budget import BudgetRequest, BudgetView, set_budget, show_budget
from fanfold.batches.views.download import DownloadOptions, Preparing, download
from fanfold.batches.views.pilot import PilotView, show_pilot
from fanfold.batches.views.providers import ProviderList, list_providers
from fanfold.batches.views.requests import Listing, RequestPage, ResponsePage, list_requests, list_responses
from fanfold.jobs import life_cycle
from fanfold.jobs.job import JobRef
from fanfold.jobs.listing import JobFilter, JobTotals, count_jobs
from fanfold.jobs.rejects import rejects_link
from fanfold.jobs.upload import CreateUpload, Upload, create_upload
from fanfold.observe import Event, count, logger, observed
from fanfold.replies import AcceptedReply, CreatedReply, LinkReply, OkReply
from fanfold.wiring import batches as wiring

app = Api(wiring.audit)


@app.post("/v1/batches")
def create() -> AcceptedReply[views.BatchReceipt]:
    """Create a batch of requests, inline or from an upload."""
    body = app.body(CreateBatch, wiring.settings().max_body_bytes)
    job = create_batch(body, app.caller(), wiring.batches())
    logger.info("accepted", extra={"job": job.id})
    count(BatchesAccepted=1)
    return app.accepted(views.accepted(job, wiring.batches()), f"/v1/batches/{job.id}")


@app.post("/v1/batches/estimate")
def estimate_batch() -> OkReply[EstimateView]:
    """Estimate what requests will cost in each lane, before anything is created."""
    body = app.body(CreateBatch, wiring.settings().max_body_bytes)
    return app.answer(estimate(body, app.tenant(), wiring.batches()))


@app.post("/v1/uploads")
def upload() -> CreatedReply[Upload]:
    """Get a form that uploads one file, without your key."""
    body = app.body(CreateUpload, wiring.settings().max_body_bytes)
    tenant, most = app.tenant(), wiring.settings().max_upload_bytes
    left = wiring.quotas().check_stored(tenant)
    return app.created(create_upload(body, tenant, wiring.blobs(), most if left is None else min(most, left)))


@app.get("/v1/defaults")
def show_defaults() -> OkReply[Options]:
    """Show the options of dropped files that have none of their own."""
    return app.answer(defaults(app.tenant(), wiring.batches()))


@app.put("/v1/defaults")
def put_defaults() -> OkReply[Options]:
    """Set the options of dropped files that have none of their own."""
    options = app.body(Options, wiring.settings().max_body_bytes)
    return app.answer(set_defaults(app.tenant(), options, wiring.batches()))


@app.get("/v1/providers")
def providers() -> OkReply[ProviderList]:
    """List providers and models with their prices."""
    return app.answer(list_providers(wiring.batches()))


@app.get("/v1/budget")
def show_own_budget() -> OkReply[BudgetView]:
    """Show your limits a day and a month, and what is spent."""
    return app.answer(show_budget(app.tenant(), wiring.batches()))


@app.put("/v1/budget")
def put_budget() -> OkReply[BudgetView]:
    """Set your limits a day and a month."""
    body = app.body(BudgetRequest, wiring.settings().max_body_bytes)
    return app.answer(set_budget(app.tenant(), body, wiring.batches()))


@app.get("/v1/batches")
def index() -> OkReply[views.BatchPage]:
    """List batches, the newest first."""
    return app.answer(views.page(app.tenant(), app.query(JobFilter), wiring.batches()))


@app.get("/v1/batches/counts")
def counts() -> OkReply[JobTotals]:
    """Count batches by state."""
    return app.answer(count_jobs(wiring.batches().jobs, app.tenant()))


@app.post("/v1/batches/<job>/requests")
def add_requests(job: str) -> AcceptedReply[views.BatchView]:
    """Add requests, or an upload of them, to a draft."""
    body = app.body(Input, wiring.settings().max_body_bytes)
    return _steered(commands.add_requests(_ref(job), body, wiring.batches()))


@app.post("/v1/batches/<job>/process")
def process(job: str) -> AcceptedReply[views.BatchView]:
    """Let a draft begin."""
    return _steered(commands.process(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/cancel")
def cancel(job: str) -> AcceptedReply[views.BatchView]:
    """End a batch early; what has an answer keeps it."""
    return _steered(life_cycle.cancel(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/pause")
def pause(job: str) -> AcceptedReply[views.BatchView]:
    """Submit nothing more until the batch is resumed."""
    return _steered(life_cycle.pause(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/resume")
def resume(job: str) -> AcceptedReply[views.BatchView]:
    """Go on where the batch was paused."""
    return _steered(life_cycle.resume(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/retry")
def retry(job: str) -> AcceptedReply[views.BatchView]:
    """Try again what failed, or what was cut, empty or filtered."""
    asked = app.body(commands.RetryBatch, wiring.settings().max_body_bytes) if app.has_body() else commands.RetryBatch()
    return _steered(commands.retry(_ref(job), wiring.batches(), asked.what, asked.max_tokens))


@app.get("/v1/batches/<job>/pilot")
def pilot(job: str) -> OkReply[PilotView]:
    """Show the answers of a sample, and what the whole file will cost by it."""
    return app.answer(show_pilot(_ref(job), wiring.batches()))


@app.post("/v1/batches/<job>/go")
def begin_whole(job: str) -> AcceptedReply[views.BatchReceipt]:
    """Start the batch of all requests of a sample's file; its answers are used again."""
    asked = app.body(commands.EditBatch, wiring.settings().max_body_bytes) if app.has_body() else commands.EditBatch({})
    begun = go(_ref(job), asked, app.caller(), wiring.batches())
    return app.accepted(views.accepted(begun, wiring.batches()), f"/v1/batches/{begun.id}")


@app.delete("/v1/batches/<job>")
def delete(job: str) -> AcceptedReply[views.BatchView]:
    """Delete a batch with everything of it."""
    return _steered(life_cycle.delete(_ref(job), wiring.batches()))


@app.patch("/v1/batches/<job>")
def edit(job: str) -> OkReply[views.BatchView]:
    """Change what describes a batch, or the options of a draft."""
    body = app.body(commands.EditBatch, wiring.settings().max_body_bytes)
    return app.answer(views.steered(commands.edit(_ref(job), body, wiring.batches()), wiring.batches()))


@app.get("/v1/batches/<job>")
def show(job: str) -> OkReply[views.BatchView]:
    """Show a batch with its progress, its cost, and what it waits for."""
    return app.answer(views.show(_ref(job), wiring.batches()))


@app.get("/v1/batches/<job>/requests/<custom_id+>")  # one may hold a slash
def show_request(job: str, custom_id: str) -> OkReply[views.RequestView]:
    """Show one request: what was asked, and what came back."""
    return app.answer(views.show_request(_ref(job), custom_id, wiring.batches()))


@app.get("/v1/batches/<job>/requests")
def requests(job: str) -> OkReply[RequestPage]:
    """List requests with their results, by status and text."""
    return app.answer(list_requests(_ref(job), app.query(Listing), wiring.batches()))


@app.get("/v1/batches/<job>/responses")
def responses(job: str) -> OkReply[ResponsePage]:
    """List the answers."""
    return app.answer(list_responses(_ref(job), app.query(Listing), wiring.batches()))


@app.get("/v1/batches/<job>/errors")
def errors(job: str) -> OkReply[error_groups.ErrorReport]:
    """Show what went wrong, by kind."""
    return app.answer(error_groups.errors(_ref(job), wiring.batches()))


@app.get("/v1/batches/<job>/results")
def results(job: str) -> LinkReply | AcceptedReply[Preparing]:
    """Download the results; 202 while the form that was asked for is made."""
    wanted = app.query(DownloadOptions)
    if url := download(_ref(job), wanted, wiring.batches()):
        return app.download(url)
    return app.accepted(Preparing(format=wanted.format))


@app.get("/v1/batches/<job>/rejected")
def rejected(job: str) -> LinkReply:
    """Download the list of lines that were not taken."""
    backend = wiring.batches()
    return app.download(rejects_link(_ref(job), backend.jobs, backend.blobs))


@app.post("/v1/templates")
def create_template() -> CreatedReply[templates.TemplateView]:
    """Save a prompt with its model, schema and options under a name."""
    body = app.body(templates.CreateTemplate, wiring.settings().max_body_bytes)
    made = templates.create_template(body, app.tenant(), wiring.batches())
    return app.created(made, f"/v1/templates/{made.name}")


@app.get("/v1/templates")
def list_templates() -> OkReply[templates.TemplateList]:
    """List saved templates."""
    return app.answer(templates.list_templates(app.tenant(), wiring.batches()))


@app.get("/v1/templates/<name>")
def show_template(name: str) -> OkReply[templates.TemplateView]:
    """Show a saved template with its latest version."""
    return app.answer(templates.show_template(app.tenant(), name, wiring.batches()))


@app.post("/v1/templates/<name>/versions")
def new_template_version(name: str) -> CreatedReply[templates.VersionView]:
    """Save the next version of a template."""
    body = app.body(templates.NewVersion, wiring.settings().max_body_bytes)
    made = templates.new_version(app.tenant(), name, body, wiring.batches())
    return app.created(made, f"/v1/templates/{name}/versions/{made.version}")


@app.get("/v1/templates/<name>/versions/<version>")
def show_template_version(name: str, version: str) -> OkReply[templates.VersionView]:
    """Show one version of a saved template."""
    return app.answer(templates.show_version(app.tenant(), name, version, wiring.batches()))


@app.post("/v1/templates/<name>/archive")
def archive_template(name: str) -> OkReply[templates.TemplateView]:
    """Let nobody use a template by its name alone."""
    return app.answer(templates.archive_template(app.tenant(), name, archived=True, backend=wiring.batches()))


@app.post("/v1/templates/<name>/restore")
def restore_template(name: str) -> OkReply[templates.TemplateView]:
    """Let an archived template be used again."""
    return app.answer(templates.archive_template(app.tenant(), name, archived=False, backend=wiring.batches()))


@app.get("/v1/dlq")
def list_dead() -> OkReply[DeadLetterPage]:
    """List dead letters: requests whose workers died."""
    paging = app.query(Paging)
    return app.answer(dead_letters(app.tenant(), paging.limit, paging.cursor, wiring.batches()))


@app.post("/v1/dlq/redrive")
def redrive_dead() -> AcceptedReply[Redriven]:
    """Send dead letters again."""
    body = app.body(Redrive, wiring.settings().max_body_bytes)
    return app.accepted(redrive(app.tenant(), body, wiring.batches()))


def _steered(job: BatchJob) -> AcceptedReply[views.BatchView]:
    return app.accepted(views.steered(job, wiring.batches()))


def _ref(job: str) -> JobRef:
    return JobRef(tenant=app.tenant(), job=job)


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
