"""The HTML report, read by a parser that takes nothing on trust."""

import base64
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.forecasting import SeriesForecast
from fanfold.forecasting.exports import Details, export
from fanfold.forecasting.exports._chart import fan, ticks
from fanfold.forecasting.exports._sample import Even, Worst
from fanfold.forecasting.exports.html import ForecastHtmlExport
from fanfold.forecasting.result import Backtest
from fanfold.forecasting.texts import explain, language, names, recommend
from tests.examples import examples
from tests.fakes.forecasting import NASTY, failed, fitted, made, many

EMPTY = {"meta", "input", "path", "br"}


class Page(HTMLParser):
    """Elements, attributes and texts; every element has to be closed in its turn."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source, self.open, self.elements = source, [], Counter[str]()  # type: ignore[var-annotated]
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts.setdefault(tag, []).append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]

    def text(self, tag: str) -> str:
        return "".join(self.texts.get(tag, []))


def page(
    results: Iterable[SeriesForecast], details: Details | None = None, form: ForecastHtmlExport | None = None
) -> Page:
    out = io.BytesIO()
    if form:
        form.write(results, out, details or Details())
    else:
        export("html", results, out, details or Details())
    return Page(out.getvalue().decode())


def test_it_needs_nothing_from_outside() -> None:
    found = page([*fitted(), failed(), made()])
    assert found.elements["link"] == found.elements["img"] == found.elements["iframe"] == 0
    assert found.values("src") == []
    assert {value[0] for value in found.values("href")} == {"#"}
    assert not re.search(r"https?://|url\(|@import", found.source)


def test_only_its_own_script_may_run() -> None:
    found = page([made()])
    [script] = re.findall(r"<script>(.*?)</script>", found.source, re.S)
    [policy] = [value for value in found.values("content") if "default-src" in value]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_nothing_of_the_users_becomes_markup() -> None:
    evil = "\"><img src=x onerror=alert(1)><script>alert(2)</script>'&amp;"
    one = replace(
        made(evil),
        **{"status": evil, "pattern": evil, "reason": evil, "model_selected": evil, "frequency": evil},  # type: ignore[arg-type]
        **{"weights": {evil: 0.5, "b": 0.5}, "flags": (evil,), "dates": (evil,) * 3},  # type: ignore[arg-type]
    )
    details = Details(title=evil, preset=evil, created_at=evil)
    found, plain = page([one, replace(one, confidence=0.1), failed(evil, evil)], details), page([made(), failed()])
    assert set(found.elements) <= set(plain.elements) | {"p", "ul", "li"}
    assert found.elements["script"] == 1
    assert {name for _, name, _ in found.attributes} <= {name for _, name, _ in plain.attributes}
    assert evil in found.text("h1")
    assert evil in found.text("h3")


@settings(max_examples=examples(25), deadline=None)
@given(st.text(st.characters(codec=None), max_size=20))
def test_any_name_leaves_the_page_whole(name: str) -> None:
    usual, found = page([made()]), page([made(name)])
    assert found.elements == usual.elements


def test_names_in_any_script_are_shown_as_they_are() -> None:
    found = page([made(name) for name in NASTY])
    for name in NASTY:
        shown = name.encode(errors="replace").decode().replace("\r", "")
        assert shown in found.text("h3").replace("\r", "")
        assert shown in found.text("tbody").replace("\r", "")


def test_it_counts_and_says_what_stands_out() -> None:
    found = page(many(70))
    trust = [one.confidence for one in many(70) if one.status != "failed"]
    tiles = re.findall(r'<div class="tile[^"]*"><span>([^<]+)</span><b>([^<]+)</b>', found.source)
    assert dict(tiles) == {
        **{"Series": "70", "Forecast": "48", "Fallbacks": "12", "Failed": "10"},
        **{"Mean confidence": f"{np.mean(trust):.0%}", "Error against naive": "80%"},
    }
    attention = found.source[found.source.index('<section class="attention">') :]
    first = re.findall(r'href="#s(\d+)"', attention[: attention.index("</section>")])
    assert first[:10] == [str(7 * i + 6) for i in range(10)]
    assert len(first) == sum(one.attention is not None for one in many(70))


def test_sparse_demand_is_left_out_of_the_error_against_naive() -> None:
    sparse = replace(made(), pattern="lumpy", backtest=Backtest(3, 9.0, 1.0))
    assert "<b>80%</b>" in page([made(), sparse]).source
    assert "Error against naive" not in page([sparse]).source


def test_only_outliers_in_sight_are_in_the_legend() -> None:
    far = replace(made(), history=np.arange(5000.0), details={"outliers": [1]})
    assert "key-dot" not in re.sub(r"<style>.*?</style>", "", page([far]).source, flags=re.S)
    assert '<span class="key-dot">' in page([made()]).source


def test_a_good_portfolio_has_nothing_to_look_at() -> None:
    assert language("en").say("label.attention_none") in page([made()]).source


@pytest.mark.parametrize("name", names())
def test_every_series_has_its_texts_and_numbers_in_the_reports_language(name: str) -> None:
    found = page([made()], Details(language=name))
    said = language(name)
    assert ("html", "lang", name) in found.attributes
    assert explain(made(), name) in found.text("p")
    assert recommend(made(), name) in found.text("p")
    for key in ("all_series", "attention", "charts"):
        assert said.say(f"label.{key}") in found.text("h2")
    cells = "|".join(found.texts["td"])
    for value in (100, 101, 102, 92, 110):
        assert said.number(value) in cells
    assert said.number(324.5) in found.text("dd")


def test_charts_have_a_title_and_a_table_beside_them() -> None:
    found = page([made("one"), made("two")])
    assert found.texts["title"] == ["Forecast report", "History and forecast of one", "History and forecast of two"]
    assert found.source.count('class="numbers"') == 2
    assert found.source.count('role="img"') == 2


def test_links_lead_somewhere_and_ids_are_unique() -> None:
    found = page(many(40))
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in found.values("href")} <= set(ids)


def test_of_a_large_portfolio_a_sample_is_shown_and_that_is_said() -> None:
    form = ForecastHtmlExport(charted=10, listed=40, attention=5)
    found = page(many(700), Details(), form)
    rows = found.source.count('<tr><th scope="row"><a') + found.source.count('<tr><th scope="row"><bdi')
    assert 20 <= rows <= 60
    assert found.elements["article"] <= 20
    assert f"Charts are drawn for {found.elements['article']} of 700 series" in found.text("p")
    assert f"The table lists {rows} of 700 series" in found.text("p")
    assert {value[1:] for value in found.values("href")} <= set(found.values("id"))
    assert ">700<" in found.source


def test_its_size_is_bounded() -> None:
    sizes = [
        len(page(many(count), form=ForecastHtmlExport(charted=10, listed=40, attention=5)).source)
        for count in (400, 4000)
    ]
    assert sizes[1] < 1.3 * sizes[0]


def test_there_is_a_page_for_nothing_and_for_failures_alone() -> None:
    assert ">0<" in page([]).source
    found = page([failed()])
    assert found.elements["svg"] == 0
    assert "The series has no value that could be used." in found.text("p")


@pytest.mark.parametrize(
    "change",
    [
        {"intervals": {}},
        {"history": np.zeros(0)},
        {"history": np.full(5, 7.0), "mean": np.full(3, 7.0), "intervals": {}},
        {"dates": ()},
        {"frequency": None},
        *({"frequency": f, "dates": ("2026-01-05", "2026-01-06", "2026-01-07")} for f in "YQMWDBH"),
        {"history": np.arange(5000.0), "details": {"outliers": [1, 4990]}},
        {"mean": np.array([1.0]), "intervals": {}, "dates": ("2026-01-01",)},
        {"mean": -np.arange(1.0, 4.0)},
    ],
)
def test_any_result_can_be_drawn(change: dict[str, Any]) -> None:
    found = Page(fan(replace(made(), **change), language("en")))
    assert "nan" not in found.source
    assert "inf" not in found.source
    tops = [float(value) for value in re.findall(r"top:([-\d.]+)%", found.source)]
    assert all(-0.01 <= top <= 100.01 for top in tops)


def test_only_outliers_in_sight_are_marked() -> None:
    one = replace(made(), history=np.arange(5000.0), details={"outliers": [1, 4990]})
    assert fan(one, language("en")).count('class="dot"') == 1


def test_history_is_dated_back_from_the_forecast() -> None:
    assert ">2025-03<" in fan(made(), language("en"))
    assert ">-9<" in fan(replace(made(), dates=()), language("en"))
    assert ">91<" in fan(replace(made(), dates=("101", "102", "103"), frequency=None), language("en"))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 8), (0, 1234567), (0.001, 0.0013), (-1e9, 1e9)])
def test_ticks_are_few_and_within(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 7
    assert all(low - 1e-9 * abs(low) <= tick <= high + 1e-9 * abs(high) for tick in found)


def test_samples_are_even_and_bounded_and_the_worst_are_kept() -> None:
    even, worst = Even(10), Worst(3)
    for place in range(1000):
        one = replace(made(), confidence=(place * 7 % 1000) / 1000)
        even.add(place, one)
        worst.add(place, one)
    places = [place for place, _ in even.kept]
    assert 5 <= len(places) <= 10
    assert len(set(np.diff(places))) == 1
    assert [one.confidence for _, one in worst.kept()] == [0.0, 0.001, 0.002]


def test_the_data_the_total_and_what_to_order_are_told() -> None:
    from fanfold.forecasting import Series, Supply, forecast

    days = [f"{2022 + at // 12}-{at % 12 + 1:02d}-01" for at in range(36)]
    values = [100.0 + at % 12 for at in range(36)]
    stocked = [Series(name, values, days, None, Supply(on_hand=0, lot_size=50)) for name in ("a", "b")]
    results = forecast(stocked, horizon=3, settings={"lead_time": 2.0})
    out = io.BytesIO()
    export("html", results, out)
    page = out.getvalue().decode()
    assert "2022" in page.split("</header>")[0]
    assert "Portfolio total" in page
    head = page.split('id="series"')[1].split("</thead>")[0]
    assert "Reorder point" in head
    assert "Order now" in head
    alone = io.BytesIO()
    export("html", forecast([Series("a", values, days)], horizon=3), alone)
    assert b"Portfolio total" not in alone.getvalue()
    assert b"Order now" not in alone.getvalue()
