"""Results in another form, from the request over HTTP to the file, on the template's resources in moto."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pyarrow import parquet

from fanfold.batches.model.batch import BatchJob
from fanfold.jobs.job import JobRef
from fanfold.wiring import batches as wiring
from tests.integration.conftest import golden

Invoke = Callable[..., Any]
REF = JobRef.model_validate(golden("batches.finish"))
STEPS = ("api", "plan", "submit", "poll", "collect", "finish")
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


@pytest.fixture
def job(invoke: Invoke) -> BatchJob:
    """The golden batch, when it is over."""
    for step in STEPS:
        invoke(f"batches.{step}")
    return wiring.batches().jobs.get(REF)


def asked(invoke: Invoke) -> Any:
    """The answer to `GET …/results?format=parquet`."""
    event = golden("batches.api")
    path = f"/v1/batches/{REF.job}/results"
    event |= {"rawPath": path, "rawQueryString": "format=parquet", "queryStringParameters": {"format": "parquet"}}
    event["requestContext"]["http"] |= {"method": "GET", "path": path}
    return invoke("batches.api", event)


def test_a_form_is_asked_for_made_and_there(invoke: Invoke, handed: list[tuple[str, str]], job: BatchJob) -> None:
    assert (asked(invoke)["statusCode"], asked(invoke)["headers"]["Retry-After"]) == (202, "2")
    [message] = [event for function, event in handed if function == "prepare"]
    given = golden("batches.prepare") | {"finished_at": job.finished_at}
    assert json.loads(message) == given
    for _ in range(2):
        invoke("batches.prepare", given)
    answer = asked(invoke)
    assert answer["statusCode"] == 302
    body = requests.get(answer["headers"]["Location"], timeout=10).content
    assert parquet.read_table(io.BytesIO(body)).column("custom_id").to_pylist() == ["topic", "italian", "body"]


def test_a_message_for_a_batch_that_is_gone_is_done_with(invoke: Invoke) -> None:
    invoke("batches.prepare")
