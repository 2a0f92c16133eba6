"""One series in the HTML report: chart, words, stock advice, weights and numbers."""

from html import escape
from itertools import chain, islice, repeat

import numpy as np

from fanfold.forecasting.exports._chart import DOT, fan
from fanfold.forecasting.result import SeriesForecast, StockAdvice
from fanfold.forecasting.texts import Words
from fanfold.forecasting.texts._language import Language
from fanfold.forecasting.texts._parts import Part, Phrase, Share

WEIGHTS = 6


def named(key: str, said: Language) -> str:
    """A pattern or status in the report's language; one of a plug-in's as it is."""
    return said.names.get(key) or escape(key)


def badge(one: SeriesForecast, said: Language) -> str:
    kind = one.status if one.status in ("ok", "fallback", "failed") else "other"
    return f'<span class="badge {kind}">{named(one.status, said)}</span>'


def card(place: int, one: SeriesForecast, told: Words, said: Language) -> str:
    """Everything about one series."""
    failed = len(one.mean) == 0
    facts = (
        "" if failed else f"{named(one.pattern, said)} · {escape(one.model_selected)} · {said.share(one.confidence)}"
    )
    words = (
        f"<div><h4>{said.labels['recommendation']}</h4><p>{escape(told.recommendation)}</p></div>"
        f"<div><h4>{said.labels['explanation']}</h4><p>{escape(told.explanation)}</p></div>"
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
    levels = (Phrase("label.interval", {"level": Share(level / 100)}) for level in sorted(one.intervals))
    shown = enumerate(said.written(levels))
    bands = "".join(f'<span class="key-band n{min(place, 2)}">{level}</span>' for place, level in shown)
    past = f'<span class="key-past">{said.labels["history"]}</span>' if len(one.history) else ""
    dots = f'<span class="key-dot">{said.texts["flag.outliers"]}</span>' if dotted else ""
    return f'<figcaption>{past}<span class="key-ahead">{said.labels["forecast"]}</span>{bands}{dots}</figcaption>'


def _stock(advice: StockAdvice, said: Language) -> str:
    shown: dict[str, Part] = {
        "order_up_to" if advice.review_period else "reorder_point": advice.reorder_point,
        "safety_stock": advice.safety_stock,
        "demand": advice.demand,
        "service_level": Share(advice.service_level),
        "fill_rate": Share(advice.fill_rate),
    }
    values = zip(shown, said.written(shown.values()), strict=True)
    tiles = "".join(f"<div><dt>{said.labels[key]}</dt><dd>{value}</dd></div>" for key, value in values)
    return f'<section><h4>{said.labels["stock"]}</h4><dl class="stock">{tiles}</dl></section>'


def _weights(one: SeriesForecast, said: Language) -> str:
    if len(one.weights) < 2:
        return ""
    ranked = sorted(one.weights.items(), key=lambda item: (-item[1], item[0]))
    rows = [(escape(name), weight) for name, weight in ranked[:WEIGHTS]]
    if ranked[WEIGHTS:]:
        rows.append((f"+ {said.number(len(ranked) - WEIGHTS)}", sum(weight for _, weight in ranked[WEIGHTS:])))
    most = max(*(weight for _, weight in rows), 1e-12)
    shares = said.written(Share(weight) for _, weight in rows)
    bars = "".join(
        f'<li><span>{name}</span><i style="--w:{min(100 * weight / most, 100):.1f}%"></i><b>{share}</b></li>'
        for (name, weight), share in zip(rows, shares, strict=True)
    )
    return f'<section><h4>{said.labels["weights"]}</h4><ul class="bars">{bars}</ul></section>'


def _numbers(one: SeriesForecast, said: Language) -> str:
    """The forecast as a table: what the chart shows, for those who can't see it."""
    known = sorted(one.intervals.items())
    sides = said.written(
        Phrase(f"label.{side}", {"level": Share(level / 100)}) for level, _ in known for side in ("lower", "upper")
    )
    heads = [said.labels["date" if one.dates else "step"], said.labels["forecast"], *sides]
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    columns = [one.mean, *(bound for _, side in known for bound in (side.low, side.high))]
    rows = np.column_stack(columns)
    written = iter(said.written(rows.ravel().tolist()))
    body = "".join(
        f'<tr><th scope="row">{escape(day) or step}</th>'
        f"{''.join(f'<td>{value}</td>' for value in islice(written, len(columns)))}</tr>"
        for step, day in enumerate(islice(chain(one.dates, repeat("")), len(rows)), start=1)
    )
    return (
        f'<details class="numbers"><summary>{said.labels["numbers"]}</summary>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{said.labels["numbers"]}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )
