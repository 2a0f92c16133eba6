"""A tenant's figures for Prometheus, in its text format
(https://prometheus.io/docs/instrumenting/exposition_formats/).

What a retry can lower (failed requests, tokens of results that it replaces) is a gauge; all else is a counter since
ever. Buckets of the histogram are exact: their bounds are among those of `Times`.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from fanfold.jobs.duration_histogram import STEPS, upper
from fanfold.jobs.job import OVER
from fanfold.jobs.usage_stats import Figures, UsageKey, UsageStats, times
from fanfold.pricing.tariff import dollars
from fanfold.providers import Finish

if TYPE_CHECKING:
    from prometheus_client import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LABELS = ("provider", "model", "lane")
DOUBLINGS = range(4, 32)
"""Upper ends of the histogram's buckets: 2 to the power of each, in milliseconds (16 ms to 25 days)."""
KINDS = ("input", "output", "cached", "reasoning")
"""Of tokens."""


class LiveCounts(NamedTuple):
    """What goes on at this moment."""

    jobs: int
    in_flight: int
    waiting: int


def metrics(tenant: str, usage_stats: UsageStats, live: LiveCounts) -> str:
    """The tenant's metrics as text."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Told([*_since_ever(list(usage_stats.ever(tenant))), *_now(live)]))
    return generate_latest(registry).decode()


class _Told:
    """A collector of metrics that are known already."""

    def __init__(self, told: list["Metric"]) -> None:
        self._told = told

    def collect(self) -> Iterable["Metric"]:
        return self._told


def _since_ever(rows: list[tuple[UsageKey, Figures]]) -> Iterator["Metric"]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    jobs = GaugeMetricFamily("fanfold_jobs", "Jobs that have ended, by their own model.", labels=(*LABELS, "state"))
    requests = GaugeMetricFamily("fanfold_requests", "Requests of those jobs.", labels=(*LABELS, "status"))
    finishes = GaugeMetricFamily("fanfold_answers", "Answers by why they ended.", labels=(*LABELS, "finish_reason"))
    tokens = GaugeMetricFamily("fanfold_tokens", "Tokens of their results.", labels=(*LABELS, "kind"))
    seconds = HistogramMetricFamily("fanfold_request_seconds", "How long answers took.", labels=LABELS)
    counters = [
        (CounterMetricFamily("fanfold_spent_usd", "What calls cost.", labels=LABELS), "spent_nanos"),
        (CounterMetricFamily("fanfold_list_usd", "The same at list prices.", labels=LABELS), "list_nanos"),
        (CounterMetricFamily("fanfold_unpriced_calls", "Calls without a known price.", labels=LABELS), "unpriced"),
        (CounterMetricFamily("fanfold_retries", "Calls after a request's first.", labels=LABELS), "retries"),
        (CounterMetricFamily("fanfold_breaker_openings", "Openings of breakers.", labels=LABELS), "breaker_openings"),
    ]
    for usage_key, figures in rows:
        for state in sorted(OVER):
            jobs.add_metric((*usage_key, state), figures[f"primary_{state}"])
        for status in ("succeeded", "failed"):
            requests.add_metric((*usage_key, status), figures[status])
        for reason in Finish:
            finishes.add_metric((*usage_key, reason.value), figures[f"finish_{reason}"])
        for kind in KINDS:
            tokens.add_metric((*usage_key, kind), figures[f"{kind}_tokens"])
        for counter, name in counters:
            counter.add_metric(usage_key, dollars(figures[name]) if name.endswith("_nanos") else figures[name])
        seconds.add_metric(usage_key, _buckets(figures), figures["time_ms"] / 1000)
    yield from (jobs, requests, finishes, tokens, *(counter for counter, _ in counters), seconds)


def _now(live: LiveCounts) -> Iterator["Metric"]:
    from prometheus_client.core import GaugeMetricFamily

    yield GaugeMetricFamily("fanfold_open_jobs", "Jobs that are under way.", value=live.jobs)
    yield GaugeMetricFamily("fanfold_requests_in_flight", "Requests that are at a provider.", value=live.in_flight)
    yield GaugeMetricFamily("fanfold_requests_waiting", "Requests that wait to be sent.", value=live.waiting)


def _buckets(figures: Figures) -> list[tuple[str, float]]:
    """How many answers took so long at most, for each bound."""
    counted, ends = times(figures).buckets, [STEPS * doubling for doubling in DOUBLINGS]
    within = [(upper(end), sum(n for bucket, n in counted.items() if bucket <= end)) for end in ends]
    return [*((repr(bound), float(n)) for bound, n in within), ("+Inf", float(sum(counted.values())))]
