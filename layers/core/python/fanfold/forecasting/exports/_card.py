"""One series in the HTML report: chart, words, stock advice, weights and numbers."""

from html import escape

from fanfold.forecasting.exports import day
from fanfold.forecasting.exports._chart import DOT, fan
from fanfold.forecasting.result import SeriesForecast, StockAdvice
from fanfold.forecasting.texts import explain, recommend
from fanfold.forecasting.texts._language import Language

WEIGHTS = 6


def named(key: str, said: Language) -> str:
    """A pattern or status in the report's language; one of a plug-in's as it is."""
    return said.say(f"name.{key}") if said.has(f"name.{key}") else escape(key)


def badge(one: SeriesForecast, said: Language) -> str:
    kind = one.status if one.status in ("ok", "fallback", "failed") else "other"
    return f'<span class="badge {kind}">{named(one.status, said)}</span>'


def card(place: int, one: SeriesForecast, language: str | None, said: Language) -> str:
    """Everything about one series."""
    failed = len(one.mean) == 0
    facts = (
        "" if failed else f"{named(one.pattern, said)} · {escape(one.model_selected)} · {said.share(one.confidence)}"
    )
    words = (
        f"<div><h4>{said.say('label.recommendation')}</h4><p>{escape(recommend(one, language))}</p></div>"
        f"<div><h4>{said.say('label.explanation')}</h4><p>{escape(explain(one, language))}</p></div>"
    )
    chart = "" if failed else fan(one, said)
    parts = "" if failed else f"<figure>{chart}{_legend(one, said, DOT in chart)}</figure>"
    stock = _stock(one.stock, said) if one.stock is not None else ""
    more = f'<div class="more">{stock}{_weights(one, said)}</div>' if not failed else ""
    numbers = "" if failed else _numbers(one, said)
    return (
        f'<article id="s{place}"><header><h3><bdi>{escape(one.name)}</bdi></h3>{badge(one, said)}'
        f'<span>{facts}</span></header>{parts}<div class="words">{words}</div>{more}{numbers}</article>'
    )


def _legend(one: SeriesForecast, said: Language, dotted: bool) -> str:
    bands = "".join(
        f'<span class="key-band n{min(place, 2)}">{said.say("label.interval", level=said.share(level / 100))}</span>'
        for place, level in enumerate(sorted(one.intervals))
    )
    past = f'<span class="key-past">{said.say("label.history")}</span>' if len(one.history) else ""
    dots = f'<span class="key-dot">{said.say("flag.outliers")}</span>' if dotted else ""
    return f'<figcaption>{past}<span class="key-ahead">{said.say("label.forecast")}</span>{bands}{dots}</figcaption>'


def _stock(advice: StockAdvice, said: Language) -> str:
    point = "order_up_to" if advice.review_period else "reorder_point"
    shown = {
        point: said.number(advice.reorder_point),
        "safety_stock": said.number(advice.safety_stock),
        "demand": said.number(advice.demand),
        "service_level": said.share(advice.service_level),
        "fill_rate": said.share(advice.fill_rate),
    }
    tiles = "".join(f"<div><dt>{said.say(f'label.{key}')}</dt><dd>{value}</dd></div>" for key, value in shown.items())
    return f'<section><h4>{said.say("label.stock")}</h4><dl class="stock">{tiles}</dl></section>'


def _weights(one: SeriesForecast, said: Language) -> str:
    if len(one.weights) < 2:
        return ""
    ranked = sorted(one.weights.items(), key=lambda item: (-item[1], item[0]))
    rows = [(escape(name), weight) for name, weight in ranked[:WEIGHTS]]
    if ranked[WEIGHTS:]:
        rows.append((f"+ {said.number(len(ranked) - WEIGHTS)}", sum(weight for _, weight in ranked[WEIGHTS:])))
    most = max(*(weight for _, weight in rows), 1e-12)
    bars = "".join(
        f'<li><span>{name}</span><i style="--w:{min(100 * weight / most, 100):.1f}%"></i>'
        f"<b>{said.share(weight)}</b></li>"
        for name, weight in rows
    )
    return f'<section><h4>{said.say("label.weights")}</h4><ul class="bars">{bars}</ul></section>'


def _numbers(one: SeriesForecast, said: Language) -> str:
    """The forecast as a table: what the chart shows, for those who can't see it."""
    known = sorted(one.intervals)
    sides = [
        f'<th scope="col">{said.say(f"label.{side}", level=said.share(level / 100))}</th>'
        for level in known
        for side in ("lower", "upper")
    ]
    first = said.say("label.date" if one.dates else "label.step")
    head = f'<th scope="col">{first}</th><th scope="col">{said.say("label.forecast")}</th>{"".join(sides)}'
    body = "".join(_step(one, step, known, said) for step in range(len(one.mean)))
    return (
        f'<details class="numbers"><summary>{said.say("label.numbers")}</summary>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{said.say("label.numbers")}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _step(one: SeriesForecast, step: int, known: list[int], said: Language) -> str:
    bounds = [side[step] for level in known for side in (one.intervals[level].low, one.intervals[level].high)]
    cells = "".join(f"<td>{said.number(float(value))}</td>" for value in (one.mean[step], *bounds))
    return f'<tr><th scope="row">{escape(day(one, step)) or step + 1}</th>{cells}</tr>'
