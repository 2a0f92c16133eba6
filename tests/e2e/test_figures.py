"""Costs, budgets and statistics over HTTP, on the deployed template with its permissions."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fanfold_client import Fanfold
from local.stack import LocalStack


@pytest.fixture(scope="module")
def rich(stack: LocalStack) -> Iterator[Fanfold]:
    """Somebody with a budget."""
    with Fanfold(stack.url, stack.issue_key("rich")) as client:
        client.budget.set(daily_usd=100, monthly_usd=1000)
        yield client


def test_a_batch_is_estimated_run_and_counted(stack: LocalStack, rich: Fanfold, tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text("\n".join(f'{{"input": "Say {n} in Italian", "max_tokens": 50}}' for n in range(20)))
    planned = rich.batches.estimate(file, keep=True, tags=["e2e"], budget_usd=1)
    most = planned.estimate.lanes["batch"].most_usd
    assert planned.id
    assert rich.batches.estimate(file, budget_usd=1).estimate.lanes["batch"].most_usd == most

    rich.batches.process(planned.id)
    done = rich.batches.wait(planned.id)
    assert (done.state, done.progress.succeeded, done.cost.unpriced_requests) == ("completed", 20, 0)
    assert 0 < (done.cost.spent_usd or 0) <= (most or 0)
    assert rich.budget.get().today_usd == done.cost.spent_usd

    told = rich.stats.get(by="tag")
    assert [(group.key, group.jobs, group.spent_usd) for group in told.groups] == [("e2e", 1, done.cost.spent_usd)]
    assert (told.total.requests, told.total.success_rate) == (20, 1)
    assert rich.stats.live().open_jobs == 0

    answer = httpx.get(
        f"{stack.url}/v1/metrics", headers={"Authorization": f"Bearer {stack.issue_key('rich')}"}, timeout=300
    )
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["fanfold_spent_usd"].samples[0].value == done.cost.spent_usd
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_a_batch_without_money_ends_with_what_it_could_afford(rich: Fanfold) -> None:
    requests = [{"input": f"Say {n}", "max_tokens": 100} for n in range(10)]
    done = rich.batches.wait(rich.batches.create(requests, budget_usd=0.0005).id)
    kinds = {kind.kind: kind.count for kind in rich.batches.errors(done.id).errors}
    assert (done.state, 0 < done.progress.succeeded < 10) == ("completed", True)
    assert kinds == {"budget": 10 - done.progress.succeeded}
    assert "were not sent" in (done.note or "")
    assert (done.cost.spent_usd or 0) <= 0.0005
