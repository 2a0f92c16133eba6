"""Responses and embeddings in our own API, in both lanes."""

import io
from typing import Any

import httpx
import pytest
from pyarrow import parquet

from fanfold_client import Fanfold, FanfoldError
from local.stack import LocalStack
from tests.waiting import until

REQUESTS = [{"custom_id": text, "input": text} for text in ("red apples", "green apples", "tax law")]


def likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("mode", ["realtime", pytest.param("batch", marks=pytest.mark.wide)])
def test_embeddings(fanfold: Fanfold, stack: LocalStack, mode: str) -> None:
    given: dict[str, Any] = {"endpoint": "embeddings", "model": "text-embedding-3-small", "budget_usd": 1}
    batch = fanfold.batches.wait(fanfold.batches.create(REQUESTS, mode=mode, **given).id)
    assert (batch.progress.succeeded, batch.empty, list(batch.notes)) == (3, 0, [])
    assert (batch.cost.spent_usd or 0) > 0
    assert batch.tokens.output == 0
    results = list(fanfold.batches.iter_results(batch.id))
    vectors = {each["custom_id"]: each["response"]["data"][0]["embedding"] for each in results}
    assert likeness(vectors["red apples"], vectors["green apples"]) > likeness(
        vectors["red apples"], vectors["tax law"]
    )

    def table() -> list[dict[str, Any]] | None:
        key = {"Authorization": f"Bearer {stack.issue_key('acme')}"}
        url = f"{stack.url}/v1/batches/{batch.id}/results?format=parquet"
        answer = httpx.get(url, headers=key | {"Accept": "application/json"})
        if answer.status_code == 202:
            return None
        body = httpx.get(answer.json()["url"]).content
        rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(body)).to_pylist()
        return rows

    rows = until(table)
    assert {row["custom_id"]: len(row["embedding"]) for row in rows} == {text: len(vectors[text]) for text in vectors}


def test_responses_with_a_schema(fanfold: Fanfold) -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    given: dict[str, Any] = {"endpoint": "responses", "model": "gpt-5.4-mini", "mode": "realtime"}
    batch = fanfold.batches.wait(
        fanfold.batches.create(REQUESTS, response_schema=schema, system="Be brief.", **given).id
    )
    assert batch.progress.succeeded == 3
    for result in fanfold.batches.iter_results(batch.id):
        assert result["output"].startswith("{")
        assert result["response"]["object"] == "response"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"endpoint": "embeddings", "provider": "anthropic"}, "endpoint"),
        ({"endpoint": "responses", "provider": "gemini"}, "endpoint"),
        ({"endpoint": "embeddings", "system": "x"}, "system"),
        ({"endpoint": "embeddings", "max_tokens": 5}, "max_tokens"),
        ({"endpoint": "responses", "mode": "realtime", "fallbacks": [{"model": "gpt-4o"}]}, "fallbacks"),
    ],
)
def test_what_there_is_not_is_refused(fanfold: Fanfold, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(FanfoldError) as refused:
        fanfold.batches.create(REQUESTS, **wrong)
    assert [each["field"] for each in refused.value.problem["errors"]] == [field]
