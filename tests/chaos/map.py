"""`make chaos-map`: a portfolio's fan-out killed at ten points and re-run; nothing finished is done again.

The whole stack runs on the emulated cloud. At each point a worker is killed right before or after a call, or the
execution is ended, and the forecast then goes on by itself or by the sweeper. Its exports are compared, byte by byte,
with those of an undisturbed run, and settled chunks are counted by the state of their items: one that is settled
twice has more than one version of its results object.
"""

import io
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from fanfold.forecasting import SeriesForecast, exports
from fanfold.forecasting.exports import Details
from fanfold.forecasting.notes import Note
from fanfold.forecasting.records import from_record
from fanfold_client import OVER, Fanfold, FanfoldError, Forecast
from local.stack import LocalStack
from tests.chaos import killing_series
from tools.measure import Bar, Size
from tools.portfolio import series

TITLE = "Forecasts under SIGKILL"
MINUTE_SECONDS = 1
QUICK = {"accept_grace_seconds": 1, "chunk_series": 20}
SIZES = {"ForecastConcurrency": "2"}
CONFIG: dict[str, Any] = {"horizon": 3, "models_to_try": 2, "name": "chaos"}


class Point(NamedTuple):
    """Where a worker dies; without a function the execution is stopped once a chunk is settled, and then retried."""

    function: str
    call: str
    when: str = "before"
    skip: int = 0


POINTS = {
    "accepted, not started": Point("ForecastsApi", "StartExecution"),
    "taken over, nothing cut": Point("PlanForecast", "UpdateItem", "after"),
    "chunks written, no manifest": Point("PlanForecast", "manifest"),
    "planned, not yet answered": Point("PlanForecast", "UpdateItem", "after", 1),
    "first chunk fitted, results not written": Point("FitFunction", "PUT /"),
    "results written, chunk not settled": Point("FitFunction", "TransactWriteItems"),
    "chunk settled, not yet answered": Point("FitFunction", "TransactWriteItems", "after", 1),
    "all settled, exports half written": Point("GatherFunction", "exports", "after", 2),
    "exports written, not closed": Point("GatherFunction", "UpdateItem"),
    "the execution stopped in the middle of the fan-out": Point("", ""),
}
SOME = ("results written, chunk not settled", "chunk settled, not yet answered")
"""What the small drill does."""


class Ended(NamedTuple):
    """What a disturbed run came to."""

    state: str
    kills: int
    again: int
    """Chunks that were settled before the kill and have other results after it."""
    differing: int
    """Exports that are not those of the undisturbed run."""


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Each point against its bar."""
    points = {name: POINTS[name] for name in size.of(smoke=SOME[:1], small=SOME, full=tuple(POINTS))}
    with TemporaryDirectory(prefix="fanfold-chaos-") as folder:
        ended = dict(_run(Path(folder), size.of(smoke=40, small=40, full=120), points))
    for name, each in ended.items():
        good = each.state == "completed" and each.kills > 0 and not each.again and not each.differing
        figure = f"{each.state}, {each.kills} killed, {each.again} chunks again, {each.differing} exports differ"
        yield Bar(name, figure, "completed, 0 and 0", good)
    yield Bar("points", str(len(ended)), str(len(points)), len(ended) == len(points))
    with TemporaryDirectory(prefix="fanfold-chaos-") as folder:
        yield from killing_series.bars(Path(folder), size.of(smoke=120, small=400, full=2_000))
    yield Bar(
        "finished chunks executed again",
        str(sum(each.again for each in ended.values())),
        "0",
        not any(each.again for each in ended.values()),
    )


def _run(scratch: Path, count: int, points: dict[str, Point]) -> Iterator[tuple[str, Ended]]:
    """Each point's end, on one stack; every run is another tenant's, so that nothing is taken over from the last."""
    with LocalStack(
        None, scratch, environ={}, parameters=SIZES, settings=QUICK, minute_seconds=MINUTE_SECONDS
    ) as stack:
        calm = _undisturbed(stack, count)
        for number, (name, point) in enumerate(points.items()):
            ended = _disturbed(stack, f"tenant-{number}", point, calm, count)
            yield name, ended


def _undisturbed(stack: LocalStack, count: int) -> list[SeriesForecast]:
    """What every series comes to where nothing is killed."""
    with Fanfold(stack.url, stack.issue_key("calm")) as fanfold:
        id = fanfold.forecasts.wait(_made(fanfold, count)).id
    bodies = [_body(stack, key) for key in sorted(_results(stack, "calm", id))]
    return [from_record(json.loads(line)) for body in bodies for line in body.splitlines()]


def _disturbed(stack: LocalStack, tenant: str, point: Point, calm: list[SeriesForecast], count: int) -> Ended:
    with Fanfold(stack.url, stack.issue_key(tenant)) as fanfold:
        if point.function:
            stack.cloud.kill_worker_at(point.function, point.call, when=point.when, skip=point.skip)
        id = _made(fanfold, count)
        before, kills = _watched(stack, fanfold, tenant, id, point)
        found = fanfold.forecasts.wait(id)
        if kills and not point.function:
            fanfold.forecasts.retry(id)
            found = fanfold.forecasts.wait(id)
    stack.cloud.spare_workers()
    after = _results(stack, tenant, id)
    again = sum(after.get(key) != written for key, written in before.items())
    differing = sum(_export(stack, tenant, id, form) != _wanted(form, calm, found) for form in exports.names())
    return Ended(found.state, kills, again, differing)


def _made(fanfold: Fanfold, count: int) -> str:
    """The forecast's id: a caller that gets no answer asks again."""
    portfolio = list(series(count))
    while True:
        try:
            return fanfold.forecasts.create(portfolio, idempotency_key="chaos", **CONFIG).id
        except FanfoldError:
            time.sleep(0.2)


def _watched(stack: LocalStack, fanfold: Fanfold, tenant: str, id: str, point: Point) -> tuple[dict[str, Any], int]:
    """The results of chunks that were settled when the worker was killed, and how many were."""
    while True:
        settled = _settled(stack, tenant, id)
        if point.function:
            killed = sum(len(rule["killed"]) for rule in stack.cloud.killed())
        else:
            killed = _stopped(stack, id) if settled else 0
        if killed or ((forecast := _looked(fanfold, id)) and forecast.state in OVER):
            written = _results(stack, tenant, id)
            return {key: written[key] for key in settled if key in written}, killed
        time.sleep(0.1)


def _looked(fanfold: Fanfold, id: str) -> Forecast | None:
    with suppress(FanfoldError):
        return fanfold.forecasts.get(id)
    return None


def _stopped(stack: LocalStack, id: str) -> int:
    """End the execution as from the console, if it still runs; the caller then asks for what is left."""
    executions = stack.cloud.outputs["ForecastMachineArn"].replace(":stateMachine:", ":execution:")
    try:
        stack.cloud.client("stepfunctions").stop_execution(executionArn=f"{executions}:{id}-1")
    except ClientError:
        return 0
    return 1


def _settled(stack: LocalStack, tenant: str, id: str) -> list[str]:
    table = stack.cloud.client("dynamodb")
    found = table.query(
        TableName=stack.cloud.outputs["TableName"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :c)",
        ExpressionAttributeValues={":pk": {"S": f"T#{tenant}#J#{id}"}, ":c": {"S": "C#"}},
        ConsistentRead=True,
    )
    return [item["results"]["S"] for item in found["Items"]]


def _results(stack: LocalStack, tenant: str, id: str) -> dict[str, Any]:
    """When each results object was written last."""
    return {each["Key"]: each["LastModified"] for each in _objects(stack, f"jobs/{tenant}/{id}/results/")}


def _wanted(form: str, calm: list[SeriesForecast], found: Forecast) -> bytes:
    """An export of the undisturbed results, under the name and the date of that forecast."""
    details = Details(
        title=found.config.name or "",
        horizon=found.config.horizon,
        levels=tuple(found.config.levels),
        language=found.config.language,
        created_at=found.created_at,
        notes=[Note(**note.model_dump()) for note in found.notes],
    )
    exports.export(form, calm, out := io.BytesIO(), details)
    return out.getvalue()


def _export(stack: LocalStack, tenant: str, id: str, form: str) -> bytes:
    keys = [each["Key"] for each in _objects(stack, f"jobs/{tenant}/{id}/exports/")]
    return next((_body(stack, key) for key in keys if f"/{form}." in key), b"")


def _body(stack: LocalStack, key: str) -> bytes:
    found: bytes = stack.cloud.client("s3").get_object(Bucket=stack.cloud.outputs["BucketName"], Key=key)["Body"].read()
    return found


def _objects(stack: LocalStack, prefix: str) -> list[dict[str, Any]]:
    found = stack.cloud.client("s3").list_objects_v2(Bucket=stack.cloud.outputs["BucketName"], Prefix=prefix)
    return list(found.get("Contents", []))
