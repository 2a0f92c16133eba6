"""Make a batch of a file that arrived under `inbox/<tenant>/batches/`."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.accounts.audit import DROP, Act
from fanfold.batches.intake.drop import Drop, take_drop
from fanfold.errors import Forbidden, NotFound
from fanfold.observe import Event, logger, observed
from fanfold.wiring import batches as wiring


@observed("id")
def handler(event: Event, context: LambdaContext) -> None:
    found = event["detail"]["object"]
    version = found.get("version-id") or found["sequencer"]
    drop = Drop(key=found["key"], version=version, size=found["size"], event=event["id"], etag=found["etag"])
    try:
        job = take_drop(drop, wiring.batches())
    except (NotFound, Forbidden) as error:
        logger.warning("drop refused", extra={"key": drop.key, "detail": error.detail})
        return
    if job:
        act = Act(tenant=job.tenant, who=DROP, what="drop", request=job.id, path=drop.key)
        wiring.audit().note(act, job.created_at, f"/v1/batches/{job.id}")
