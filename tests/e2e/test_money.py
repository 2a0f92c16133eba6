"""Money on the deployed template: what jobs of several kinds cost, and entries that are flushed at once."""

from fanfold_client import Fanfold
from local.stack import LocalStack


def test_what_jobs_cost_by_several_things(stack: LocalStack) -> None:
    with Fanfold(stack.url, stack.issue_key("spender")) as fanfold:
        fanfold.templates.save("sort", {"template": "Sort: {text}", "mode": "realtime"})
        rows = [{"text": "same"}] * 25
        batch = fanfold.batches.wait(fanfold.batches.create(rows, from_template="sort", tags=["red"]).id)
        months = [f"2025-{month:02d}-01" for month in range(1, 13)]
        series = [{"name": "a", "values": list(range(12)), "dates": months}]
        fanfold.forecasts.wait(fanfold.forecasts.create(series, horizon=2, models_to_try=1, tags=["red"]).id)
        found = fanfold.stats.money(by=["kind", "template", "tag", "lane"])
        by_kind = {group.of["kind"]: group for group in found.groups}
        assert by_kind["batch"].of == {"kind": "batch", "template": "sort@1", "tag": "red", "lane": "realtime"}
        assert by_kind["batch"].spent_usd == batch.cost.spent_usd
        assert by_kind["forecast"].spent_nanos == 500
        assert found.total.spent_nanos == sum(group.spent_nanos for group in found.groups)
        keys = fanfold.stats.money(by=["key"])
        assert len(keys.groups) == 1
        assert keys.groups[0].of["key"]
        assert "ask_once" in {each.code for each in fanfold.stats.suggestions()}


def test_entries_are_flushed_when_asked(fanfold: Fanfold) -> None:
    fanfold.logs.write([{"message": "now", "stream": "flushed"}])
    done = fanfold.logs.flush()
    assert done.more is False
    assert [entry.message for entry in fanfold.logs.list(stream="flushed")] == ["now"]
    assert fanfold.logs.flush().blocks == 0
