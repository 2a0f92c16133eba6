"""The golden event of a provider, signed now, and every refusal's problem document."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from fanfold.batches.model.shard import ShardState
from fanfold.jobs.job import JobRef
from fanfold.problems import CONTENT_TYPE
from fanfold.wiring import batches as wiring
from local.webhooks import WEBHOOK_SECRET, signed
from tests.fakes.moto_stack import Stack, client
from tests.integration.conftest import golden

Invoke = Callable[..., Any]
REF = JobRef.model_validate(golden("batches.finish"))
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


@pytest.fixture
def send(invoke: Invoke, stack: Stack) -> Callable[..., tuple[int, Any]]:
    """Post the golden event with another body, signed with a secret; status and answer."""
    entries = json.dumps({"openai": "sk-test", "openai_webhook": WEBHOOK_SECRET})
    client("secretsmanager").put_secret_value(SecretId=stack.secret, SecretString=entries)

    def post(
        body: str | None = None, secret: str = WEBHOOK_SECRET, provider: str = "openai", **more: Any
    ) -> tuple[int, Any]:
        event = golden("batches.provider_webhook") | more
        event["body"] = event["body"] if body is None else body
        event["headers"] |= signed(event["body"].encode(), secret)
        if event["isBase64Encoded"]:
            event["body"] = b64encode(event["body"].encode()).decode()
        path = f"/v1/providers/{provider}/events"
        event["rawPath"] = event["requestContext"]["http"]["path"] = path
        answer = invoke("batches.provider_webhook", event)
        if answer["statusCode"] >= 400:
            assert answer["headers"]["Content-Type"] == CONTENT_TYPE
        assert WEBHOOK_SECRET not in answer["body"]
        return answer["statusCode"], json.loads(answer["body"])

    return post


@pytest.mark.parametrize("encoded", [False, True])
def test_the_shard_of_an_ended_batch_is_seen_to(invoke: Invoke, send: Any, encoded: bool) -> None:
    for step in ("api", "plan"):
        invoke(f"batches.{step}")
    batch = invoke("batches.submit")["batch"]
    body = golden("batches.provider_webhook")["body"].replace("batch_6921ff2a", batch)
    for _ in range(2):
        assert send(body, isBase64Encoded=encoded) == (202, {"batch": batch, "ended": True})
    assert wiring.batches().shards.get(REF, 0).state is ShardState.ENDED


def test_a_batch_that_nobody_waits_for_is_taken_all_the_same(send: Any) -> None:
    assert send() == (202, {"batch": "batch_6921ff2a", "ended": False})
    assert send('{"type": "response.completed", "data": {"id": "r"}}') == (202, {"batch": None, "ended": False})


def test_the_golden_event_itself_is_signed_by_nobody(invoke: Invoke, send: Any) -> None:
    answer = invoke("batches.provider_webhook")
    assert (answer["statusCode"], json.loads(answer["body"])["title"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"secret": "whsec_d3Jvbmc="}, 401),
        ({"body": "not JSON"}, 400),
        ({"body": " " * 70_000}, 413),
        ({"provider": "anthropic"}, 404),
        ({"provider": "gemini"}, 404),
        ({"provider": "closedai"}, 404),
        ({"provider": "__init__"}, 404),
    ],
    ids=str,
)
def test_a_refusal_is_a_problem(send: Any, how: dict[str, str], status: int) -> None:
    assert send(**how)[0] == status


def test_without_a_secret_nothing_is_heard(invoke: Invoke) -> None:
    assert invoke("batches.provider_webhook")["statusCode"] == 404
