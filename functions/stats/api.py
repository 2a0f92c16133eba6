"""The HTTP API of statistics."""

from functools import partial

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.api import Api
from fanfold.batches.views.live import LiveView, live
from fanfold.observe import Event, observed
from fanfold.replies import OkReply
from fanfold.stats.metrics import CONTENT_TYPE, LiveCounts, metrics
from fanfold.stats.money import MoneyRange, MoneyView, SuggestedRange, money
from fanfold.stats.suggestions import SuggestionList, suggestions
from fanfold.stats.summary import Stats, StatsRange, stats
from fanfold.wiring import batches as wiring

app = Api(wiring.audit)


@app.get("/v1/stats")
def show() -> OkReply[Stats]:
    """Show what jobs came to: times, tokens, cost, savings."""
    backend = wiring.batches()
    return app.answer(stats(app.tenant(), app.query(StatsRange), backend.usage_stats, backend.clock))


@app.get("/v1/stats/money")
def show_money() -> OkReply[MoneyView]:
    """Show what jobs of all kinds cost, by day and whatever else you name."""
    backend = wiring.batches()
    return app.answer(money(app.tenant(), app.query(MoneyRange), backend.usage_stats, backend.clock))


@app.get("/v1/stats/suggestions")
def show_suggestions() -> OkReply[SuggestionList]:
    """Show what your own jobs would have saved if they had been asked otherwise."""
    backend, asked = wiring.batches(), app.query(SuggestedRange)
    tariffs = partial(backend.prices.tariff, now=backend.clock())
    return app.answer(suggestions(app.tenant(), asked, backend.usage_stats, tariffs, backend.clock))


@app.get("/v1/stats/live")
def show_live() -> OkReply[LiveView]:
    """Show what is under way."""
    return app.answer(live(app.tenant(), wiring.batches()))


@app.get("/v1/metrics")
def show_metrics() -> Response[str]:
    """Show your figures as Prometheus reads them."""
    tenant, backend = app.tenant(), wiring.batches()
    now = live(tenant, backend)
    told = metrics(tenant, backend.usage_stats, LiveCounts(now.open_jobs, now.in_flight, now.waiting))
    return Response(status_code=200, content_type=CONTENT_TYPE, body=told)


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
