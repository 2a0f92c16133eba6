"""The parts of the HTML report, from top to bottom."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

from fanfold.forecasting.exports import Details
from fanfold.forecasting.exports._card import badge, card, named
from fanfold.forecasting.exports._chart import spark
from fanfold.forecasting.exports._sample import Placed, ReportSample
from fanfold.forecasting.exports._tally import BINS, ReportTally
from fanfold.forecasting.notes import Note
from fanfold.forecasting.records import as_stored
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts import DEFAULT, _explain
from fanfold.forecasting.texts._language import Language

HERE = Path(__file__).parent
FIRST = 12
"""Series to look at first that are shown at once; the rest unfold."""
MODELS = 8
LONGEST_TOTAL = 120
"""Periods of the portfolio's total that are shown."""
COLUMN = 150
"""Height of the highest column, in pixels."""
COLUMNS = ("name", "usage_key", "status", "pattern", "model", "confidence", "expected_error", "mean")
STOCK = ("reorder_point", "order_quantity")


def page(sample: ReportSample, tally: ReportTally, details: Details, said: Language) -> Iterator[str]:
    """The whole document, a section at a time."""
    title = escape(details.title or said.say("label.report"))
    script = (HERE / "report.js").read_text(encoding="utf-8")
    yield _head(title, script, details.language or DEFAULT)
    yield f'<body><a class="skip" href="#series">{said.say("label.skip")}</a><div class="page">'
    yield _top(title, tally, details, said)
    yield f"<main>{_tiles(tally, said)}"
    if tally.forecast:
        yield _overview(tally, said)
    if tally.total():
        yield _total(tally, said)
    if details.notes:
        yield _notes(details.notes, said)
    if sample.total:
        yield from _attention(sample, said)
        yield from _table(sample, said)
        yield from _cards(sample, details, said)
    yield f'</main><footer>{said.say("label.footer")} <a href="#top">{said.say("label.top")}</a></footer></div>'
    yield f"<script>{script}</script></body></html>\n"


def _head(title: str, script: str, language: str) -> str:
    style = (HERE / "report.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    return (
        f'<!doctype html><html lang="{escape(language)}" id="top"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{title}</title><style>{style}</style></head>'
    )


def _top(title: str, tally: ReportTally, details: Details, said: Language) -> str:
    horizon = details.horizon or tally.horizon
    usual = max(tally.frequency, key=lambda key: tally.frequency[key], default=None)
    known = {
        "horizon": said.span(horizon, usual) if horizon else None,
        "data": f"{said.day(tally.data[0])} \N{EN DASH} {said.day(tally.data[1])}" if tally.data else None,
        "preset": details.preset,
        "created": details.created_at and said.day(details.created_at),
    }
    facts = "".join(
        f"<div><dt>{said.say(f'label.{key}')}</dt><dd>{escape(value)}</dd></div>"
        for key, value in known.items()
        if value
    )
    return f"<header><h1><bdi>{title}</bdi></h1><dl>{facts}</dl></header>"


def _tiles(tally: ReportTally, said: Language) -> str:
    share = said.share
    hint = f"<small>{said.say('label.against_naive_hint')}</small>"
    tiles = [
        _tile("series", said.number(tally.series), said),
        _tile("succeeded", said.number(tally.status["ok"]), said, "ok"),
        _tile("fallbacks", said.number(tally.status["fallback"]), said, "fallback" if tally.status["fallback"] else ""),
        _tile("failures", said.number(tally.status["failed"]), said, "failed" if tally.status["failed"] else ""),
    ]
    if tally.mean_confidence is not None:
        tiles.append(_tile("mean_confidence", share(tally.mean_confidence), said))
    if tally.against_naive is not None:
        tiles.append(_tile("against_naive", share(tally.against_naive), said, "wide", hint))
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _tile(key: str, value: str, said: Language, kind: str = "", hint: str = "") -> str:
    return f'<div class="tile {kind}"><span>{said.say(f"label.{key}")}</span><b>{value}</b>{hint}</div>'


def _overview(tally: ReportTally, said: Language) -> str:
    models, bars = tally.models(), []
    for name, chosen, weight in models[:MODELS]:
        parts = [said.number(chosen) if chosen else "", said.share(weight) if weight else ""]
        width = chosen / tally.forecast if chosen else weight
        bars.append(_bar(escape(name), width, " · ".join(p for p in parts if p), "" if chosen else "faint"))
    patterns = sorted(tally.pattern.items(), key=lambda item: (-item[1], item[0]))
    most = max(tally.pattern.values(), default=1)
    shown = "".join(_bar(named(key, said), count / most, said.number(count)) for key, count in patterns)
    return (
        f'<section class="overview" aria-label="{said.say("label.overview")}">'
        f'<div class="panel">{_heading("distribution", said)}{_histogram(tally, said)}</div>'
        f'<div class="panel">{_heading("models", said)}<ul class="bars">{"".join(bars)}</ul></div>'
        f'<div class="panel"><h2>{said.say("label.patterns")}</h2><ul class="bars">{shown}</ul></div></section>'
    )


def _heading(key: str, said: Language) -> str:
    return f"<h2>{said.say(f'label.{key}')}</h2><p>{said.say(f'label.{key}_hint')}</p>"


def _bar(label: str, share: float, value: str, kind: str = "") -> str:
    width = f"{max(100 * min(share, 1.0), 0.5):.1f}"
    return f'<li class="{kind}"><span>{label}</span><i style="--w:{width}%"></i><b>{value}</b></li>'


def _histogram(tally: ReportTally, said: Language) -> str:
    """Columns of a list: the figures are there without sight of them."""
    most = max(tally.bins) or 1
    columns = []
    for place, count in enumerate(tally.bins):
        tall, level = f"{COLUMN * count / most:.0f}", "low" if place < 4 else "medium" if place < 7 else "high"
        below = f"{100 * place // BINS}"
        label = f"<span>{below}<i>{said.percent.format('')}</i></span>"
        columns.append(
            f'<li class="{level}"><b>{said.number(count) if count else ""}</b><u style="--h:{tall}"></u>{label}</li>'
        )
    return f'<ol class="histogram">{"".join(columns)}</ol>'


def _total(tally: ReportTally, said: Language) -> str:
    """What all series of the usual frequency come to, period by period."""
    found = tally.total()[:LONGEST_TOTAL]
    rows = "".join(
        f'<tr><th scope="row">{escape(said.day(date))}</th><td>{said.number(value)}</td>'
        f"<td>{said.number(count)}</td></tr>"
        for date, value, count in found
    )
    head = "".join(f'<th scope="col">{said.say(f"label.{key}")}</th>' for key in ("date", "forecast", "series"))
    label = said.say("label.total")
    return (
        f'<section class="notes total"><h2>{label}</h2><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{label}"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>'
    )


def _notes(notes: Sequence[Note], said: Language) -> str:
    """What was decided about the input; what is in doubt comes first."""
    yes, no = said.say("label.certain"), said.say("label.uncertain")
    rows = "".join(
        f'<tr class="{escape(note.code)}"><td>{yes if note.certain else no}</td><td>{escape(note.column or "")}</td>'
        f"<td>{escape(note.detail)}</td><td>{escape(note.evidence or '')}</td>"
        f"<td><code>{escape(note.option or '')}</code></td></tr>"
        for note in sorted(notes, key=lambda note: note.certain)
    )
    heads = ("sureness", "column", "decision", "evidence", "option")
    head = "".join(f'<th scope="col">{said.say(f"label.{key}")}</th>' for key in heads)
    return (
        f'<section class="notes"><h2>{said.say("label.notes")}</h2><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{said.say("label.notes")}"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        "</div></section>"
    )


def _attention(sample: ReportSample, said: Language) -> Iterator[str]:
    found = sample.attention()
    yield f'<section class="attention"><h2>{said.say("label.attention")}</h2>'
    if not found:
        yield f"<p>{said.say('label.attention_none')}</p></section>"
        return
    count = sample.failed.count + sample.doubtful.count
    yield f"<p>{said.say('label.attention_hint')} · {said.number(count)}</p><ul>"
    yield from (_concern(place, one, said) for place, one in found[:FIRST])
    yield "</ul>"
    if found[FIRST:]:
        yield f"<details><summary>+ {said.number(len(found) - FIRST)}</summary><ul>"
        yield from (_concern(place, one, said) for place, one in found[FIRST:])
        yield "</ul></details>"
    yield "</section>"


def _concern(place: int, one: SeriesForecast, said: Language) -> str:
    error = said.share(one.expected_error) if one.expected_error is not None else ""
    doubt = f"{said.say('label.expected_error')} {error} · {named(one.pattern, said)}" if error else ""
    why = " · ".join(part for part in (doubt, *map(escape, _explain.reason(one, said))) if part)
    trust = f"<b>{said.share(one.confidence)}</b>" if one.status != "failed" else "<b>–</b>"  # noqa: RUF001
    return f'<li>{badge(one, said)}{trust}<a href="#s{place}"><bdi>{escape(one.name)}</bdi></a><span>{why}</span></li>'


def _table(sample: ReportSample, said: Language) -> Iterator[str]:
    rows = sample.rows()
    stocked = [key for key in STOCK if any(getattr(one.stock, key, None) is not None for _, one in rows)]
    head = "".join(_column(key, said) for key in (*COLUMNS, *stocked))
    note = f"<p>{_of(sample, rows, 'listed', said)}</p>" if len(rows) < sample.total else ""
    shown = said.say("label.shown", shown=f"<output>{said.number(len(rows))}</output>", total=said.number(len(rows)))
    yield (
        f'<section id="series" class="list"><h2>{said.say("label.all_series")}</h2>{note}'
        f'<div class="search"><label>{said.say("label.search")} <input type="search" autocomplete="off"></label>'
        f'<span role="status">{shown}</span></div><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{said.say("label.all_series")}"><table><thead><tr>{head}</tr></thead><tbody>'
    )
    charted = {place for place, _ in sample.charts()}
    yield from (_row(place, as_stored(one), place in charted, stocked, said) for place, one in rows)
    yield f'</tbody></table></div><p class="nothing" hidden>{said.say("label.no_match")}</p></section>'


def _of(sample: ReportSample, shown: list[Placed], key: str, said: Language) -> str:
    return said.say(f"label.{key}", n=said.number(len(shown)), total=said.number(sample.total))


def _column(key: str, said: Language) -> str:
    label = said.say(f"label.{key}")
    if key == "usage_key":
        return f'<th scope="col">{label}</th>'
    return f'<th scope="col" data-key="{key}"><button title="{said.say("label.sort")}">{label}</button></th>'


def _row(place: int, one: SeriesForecast, charted: bool, stocked: Sequence[str], said: Language) -> str:
    name = f"<bdi>{escape(one.name)}</bdi>"
    linked = f'<a href="#s{place}">{name}</a>' if charted else name
    mean = float(one.mean.mean()) if len(one.mean) else None
    error = one.expected_error
    known = one.status != "failed"
    range_of = 'min="0" max="1" low="0.4" high="0.7" optimum="1"'
    trust = f'<meter aria-hidden="true" {range_of} value="{one.confidence:.3f}"></meter>'
    return (
        f'<tr><th scope="row">{linked}</th><td>{spark(one)}</td><td>{badge(one, said)}</td>'
        f"<td>{named(one.pattern, said)}</td><td>{escape(one.model_selected)}</td>"
        f'<td data-v="{one.confidence:.4f}">{trust + said.share(one.confidence) if known else ""}</td>'
        f"<td{_sortable(error)}>{said.share(error) if error is not None else ''}</td>"
        f"{_number(mean, said)}"
        f"{''.join(_number(getattr(one.stock, key, None), said) for key in stocked)}</tr>"
    )


def _number(value: float | None, said: Language) -> str:
    return f"<td{_sortable(value)}>{said.number(value) if value is not None else ''}</td>"


def _sortable(value: float | None) -> str:
    return f' data-v="{value:.10g}"' if value is not None else ""


def _cards(sample: ReportSample, details: Details, said: Language) -> Iterator[str]:
    shown = sample.charts()
    note = f"<p>{_of(sample, shown, 'charted', said)}</p>" if len(shown) < sample.total else ""
    yield f'<section class="cards"><h2>{said.say("label.charts")}</h2>{note}'
    yield from (card(place, as_stored(one), details.language, said) for place, one in shown)
    yield "</section>"
