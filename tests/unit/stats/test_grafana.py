"""The dashboard for Grafana asks for what `GET /v1/metrics` tells."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fanfold.jobs.usage_stats import UsageStats
from fanfold.stats.metrics import LiveCounts, metrics
from tests.fakes.table import MemoryTable
from tests.unit.jobs.test_usage_stats import ending, job

BOARD: dict[str, Any] = json.loads((Path(__file__).parents[3] / "docs/grafana/fanfold.json").read_text())
NAME = re.compile(r"fanfold_\w+")
BY = re.compile(r"\bby \(([^)]*)\)")
OF_PROMETHEUS = {"instance", "job"}
"""Labels that the scraper adds."""


def queries() -> Iterator[str]:
    for panel in BOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (each["query"] for each in BOARD["templating"]["list"] if each["type"] == "query")


def told() -> dict[str, set[str]]:
    """The labels of every sample, by its name."""
    table = MemoryTable()
    UsageStats(table).record(job(), ending(succeeded=5, t40=5, time_ms=100))
    text = metrics("acme", UsageStats(table), LiveCounts(1, 2, 3))
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("query", list(queries()))
def test_each_query_names_metrics_and_labels_that_there_are(query: str) -> None:
    there, named = told(), NAME.findall(query)
    assert named
    assert set(named) <= there.keys()
    grouped = {label.strip() for group in BY.findall(query) for label in group.split(",")}
    selected = set(re.findall(r"(\w+)=~?\"", query))
    for name in named:
        assert grouped | selected <= there[name] | OF_PROMETHEUS


def test_each_metric_is_shown() -> None:
    bases = {re.sub(r"_(bucket|sum|count|total|created)$", "", name) for name in told()}
    shown = {re.sub(r"_(bucket|sum|count|total)$", "", name) for query in queries() for name in NAME.findall(query)}
    assert shown == bases


def test_panels_have_places_of_their_own() -> None:
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in BOARD["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
