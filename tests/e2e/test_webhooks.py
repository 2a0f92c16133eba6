"""A provider's event on the deployed template: no key, a signature, and the permissions that it needs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from local.stack import LocalStack
from local.webhooks import WEBHOOK_SECRET, signed
from tests.waiting import until


def test_an_event_moves_a_batch_on_and_a_forged_one_does_not(stack: LocalStack) -> None:
    provider = stack.provider
    assert provider
    known = {each["id"] for each in provider.stats()["batches"]}
    headers = {"Authorization": f"Bearer {stack.issue_key('webhooks')}"}
    with without_poller(stack), httpx.Client(base_url=stack.url, timeout=300) as http:
        body = {"model": "gpt-5.4-mini", "requests": [{"custom_id": "a", "input": "Say hello"}]}
        job = f"/v1/batches/{http.post('/v1/batches', json=body, headers=headers).json()['id']}"
        answers: list[httpx.Response] = []

        def moved_on() -> bool:
            answers.extend(sent(http, each["id"]) for each in provider.stats()["batches"] if each["id"] not in known)
            return str(http.get(job, headers=headers).json()["state"]) == "completed"

        until(moved_on)
        assert answers
        assert {answer.status_code for answer in answers} == {202}
        assert any(answer.json()["ended"] for answer in answers)
        assert sent(http, "batch_1", "whsec_d3Jvbmc=").status_code == 401
        assert sent(http, "batch_1", provider="anthropic").status_code == 404


@contextmanager
def without_poller(stack: LocalStack) -> Iterator[None]:
    """So that nothing but the event can move the batch on."""
    events, poller = stack.cloud.client("events"), stack.cloud.outputs["PollFunctionName"]
    arn = stack.cloud.client("lambda").get_function(FunctionName=poller)["Configuration"]["FunctionArn"]
    (rule,) = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    events.disable_rule(Name=rule)
    try:
        yield
    finally:
        events.enable_rule(Name=rule)


def sent(http: httpx.Client, batch: str, secret: str = WEBHOOK_SECRET, provider: str = "openai") -> httpx.Response:
    body = json.dumps({"type": "batch.completed", "data": {"id": batch}}).encode()
    return http.post(f"/v1/providers/{provider}/events", content=body, headers=signed(body, secret))
