"""Explanations and recommendations, in every language."""

import re
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fanfold import forecasting, plugins
from fanfold.errors import Invalid
from fanfold.forecasting import SeriesForecast, forecast
from fanfold.forecasting.calendars import SEASONS
from fanfold.forecasting.drift import DOUBT, tail
from fanfold.forecasting.patterns import pattern
from fanfold.forecasting.result import Backtest
from fanfold.forecasting.texts import explain, language, names, recommend
from fanfold.forecasting.texts._language import Language
from tests.fakes.forecasting import failed, fitted, made

ENGLISH = language("en")
REASONS = (
    "short",
    "ended",
    "numerical",
    "mostly_zero",
    "time_limit",
    "work_limit",
    "no observation",
    "unreadable: 'x'",
)
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
FLAGS = (
    *("unsorted", "duplicates", "gaps", "missing_values", "mixed_frequencies", "outliers", "outliers_cleaned"),
    *("new", "ended", "stockouts", "level_shift", "few_observations", "not_demand"),
)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def forms(said: Language, key: str) -> tuple[str, ...]:
    text = said.texts[key]
    return (text,) if isinstance(text, str) else text


def test_there_are_five_languages() -> None:
    assert set(names()) >= {"en", "it", "es", "fr", "zh"}


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(Invalid, match="'tlh'"):
        explain(made(), "tlh")


@pytest.mark.parametrize("name", names())
def test_languages_have_the_same_keys_with_the_same_parts(name: str) -> None:
    said = language(name)
    assert list(said.texts) == list(ENGLISH.texts)
    for key in ENGLISH.texts:
        wanted = fields(forms(ENGLISH, key)[-1])
        assert isinstance(said.texts[key], str) == isinstance(ENGLISH.texts[key], str), key
        for text in forms(said, key):
            assert fields(text) - {"n"} == wanted - {"n"}, (key, text)
            assert text.strip(), key
        if "n" in wanted:
            assert "n" in fields(forms(said, key)[-1]), key


@pytest.mark.parametrize("name", names())
def test_counted_things_have_a_form_for_every_count(name: str) -> None:
    said = language(name)
    used = {said.form(count) for count in (0, 0.5, 1, 1.5, 2, 5, 11, 21, 100, 1_000_000)}
    for key, text in said.texts.items():
        if not isinstance(text, str):
            assert len(text) == len(used), key


@pytest.mark.parametrize("name", [name for name in names() if name != "en"])
def test_languages_are_translated(name: str) -> None:
    said = language(name)
    same = {key for key in said.texts if forms(said, key) == forms(ENGLISH, key)}
    assert [key for key in same if len(fields(forms(said, key)[-1])) > 2] == []
    assert len(same) < 12
    assert len(said.months) == 12
    assert len(said.weekdays) == 7


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("en", ["1,234,568", "12.5", "0.0123", f"{MINUS}3", "0", "1,235", DASH]),
        ("it", ["1.234.568", "12,5", "0,0123", f"{MINUS}3", "0", "1.235", DASH]),
        ("es", ["1\u202f234\u202f568", "12,5", "0,0123", f"{MINUS}3", "0", "1235", DASH]),
        ("fr", ["1\u202f234\u202f568", "12,5", "0,0123", f"{MINUS}3", "0", "1\u202f235", DASH]),
        ("zh", ["1,234,568", "12.5", "0.0123", f"{MINUS}3", "0", "1,235", DASH]),
    ],
)
def test_numbers_are_written_as_in_the_language(name: str, numbers: list[str]) -> None:
    values = [1234567.8, 12.5, 0.012345, -3.0, -1e-20, 1234.6, float("nan")]
    assert [language(name).number(value) for value in values] == numbers


@pytest.mark.parametrize(
    ("name", "shares", "day"),
    [
        ("en", ["12%", "1.2%", "> 1,000%"], "1 March 2026"),
        ("it", ["12%", "1,2%", "> 1.000%"], "1º marzo 2026"),
        ("es", ["12\xa0%", "1,2\xa0%", "> 1000\xa0%"], "1 de marzo de 2026"),
        ("fr", ["12\xa0%", "1,2\xa0%", "> 1\u202f000\xa0%"], "1er mars 2026"),
        ("zh", ["12%", "1.2%", "> 1,000%"], "2026年3月1日"),
    ],
)
def test_shares_and_dates_too(name: str, shares: list[str], day: str) -> None:
    said = language(name)
    assert [said.share(value) for value in (0.12, 0.0123, 77.0)] == shares
    assert said.day("2026-03-01T00:00:00") == day
    assert said.day("soon") == "soon"


@pytest.mark.parametrize(
    ("name", "spans"),
    [
        ("en", ["1 month", "1.5 months", "2 months", "0 months"]),
        ("fr", ["1 mois", "1,5 mois", "2 mois", "0 mois"]),
        ("it", ["1 mese", "1,5 mesi", "2 mesi", "0 mesi"]),
        ("es", ["1 mes", "1,5 meses", "2 meses", "0 meses"]),
        ("zh", ["1 个月", "1.5 个月", "2 个月", "0 个月"]),
    ],
)
def test_spans_take_the_right_plural(name: str, spans: list[str]) -> None:
    assert [language(name).span(count, "M") for count in (1, 1.5, 2, 0)] == spans


def test_french_counts_one_and_a_half_as_one() -> None:
    assert [language("fr").span(count, "D") for count in (1, 1.5, 2)] == ["1 jour", "1,5 jour", "2 jours"]


def everything() -> list[SeriesForecast]:
    one = made()
    odd: list[dict[str, Any]] = [
        *({"pattern": kind} for kind in ("trend", "smooth", "erratic", "intermittent", "lumpy", "constant", "new")),
        *({"frequency": f, "dates": ("2026-01-05", "2026-01-06", "2026-01-07")} for f in (*SEASONS, None, "X")),
        *({"status": "fallback", "reason": reason} for reason in (*REASONS, "hook tidy: {oops}", "new_reason")),
        {"flags": FLAGS},
        {"flags": ("new_flag",), "details": {}},
        {"dates": ()},
        {"intervals": {}, "stock": None},
        {"components": None, "backtest": None, "expected_error": None},
        {"expected_error": 0.0, "expected_error_band": None},
        {"expected_error": 1e9},
        {"expected_error_band": None, "weights": {}, "model_selected": "Theta"},
        {"model_selected": "Theta"},
        {"weights": {f"M{i}": 1 / 12 for i in range(12)}},
        {"backtest": Backtest(1, 3.0, 0.0)},
        {"backtest": Backtest(12, 3.0, 2.0)},
        {"backtest": Backtest(12, 2.0, 2.0)},
        {"confidence": 0.5},
        {"confidence": 0.0},
    ]
    return [one, *(replace(one, **change) for change in odd), *(failed("f", reason) for reason in REASONS), *fitted()]


@pytest.mark.parametrize("name", names())
def test_every_sort_of_result_has_both_texts(name: str) -> None:
    end = "。" if name == "zh" else "."
    for one in everything():
        for text in (explain(one, name), recommend(one, name)):
            assert text.endswith(end)
            assert "nan" not in text.lower().split()
            assert "\n" not in text
            assert not re.search(r"\{(?!oops)|(?<!oops)\}|None|~", text), text


def test_an_explanation_says_what_is_known() -> None:
    text = explain(replace(made(), reason="work_limit"))
    for part in (
        "10 monthly observations",
        "seasonal",
        "about 100 and rises by about 1 a month",
        "up to 25% (in March)",
        "up to 20% (in January)",
        "Theta (12) 62%",
        "last 3 observations",
        "20% less than that of a naive forecast (5)",
        "5% on average, and between 2% and 11%",
        "83%",
        "work limit",
        "missing dates (filled in)",
        "outliers (1)",
    ):
        assert part in text


@pytest.mark.parametrize("kind", ["intermittent", "lumpy"])
def test_sparse_demand_is_not_judged_by_its_mean_error(kind: str) -> None:
    one = replace(made(), pattern=kind, backtest=Backtest(12, 3.0, 1.0))
    assert "says little" in explain(one)
    assert ENGLISH.say("watch.naive") not in recommend(one)
    assert ENGLISH.say("watch.naive") in recommend(replace(one, pattern="smooth"))


def test_a_reason_that_only_repeats_the_pattern_is_left_out_unless_it_made_the_fallback() -> None:
    constant, short = forecast({"c": [7.0] * 30, "s": [1.0, 2.0]}, 3)
    assert ENGLISH.say("reason.constant") not in explain(constant)
    assert ENGLISH.say("reason.short") in explain(short)
    assert "stand-in" in recommend(short)


def test_recommendations_can_be_acted_on() -> None:
    one = made()
    text = recommend(one)
    for part in ("324", "303", "21.5", "95%", "3 months in all", "0.5 months", "rising", "peak in March", "outliers"):
        assert part in text
    assert one.stock is not None
    assert "Reorder as soon as" in recommend(replace(one, stock=replace(one.stock, review_period=0.0)))
    without = recommend(replace(one, stock=None))
    assert "303 in all over a horizon of 3 months" in without
    assert "up to 112 (upper end of the 95% interval)" in without


@pytest.mark.parametrize(
    ("confidence", "word"), [(0.9, "high"), (0.6, "high"), (0.59, "medium"), (0.3, "medium"), (0.29, "low")]
)
def test_confidence_has_three_sorts_of_advice(confidence: float, word: str) -> None:
    one = replace(made(), confidence=confidence)
    assert f"onfidence is {word}" in recommend(one)
    assert one.attention == {"high": None, "medium": "review", "low": "alert"}[word]


def test_refitting_follows_the_rule_of_the_drift_check() -> None:
    text = recommend(made(horizon=12))
    found = re.search(r"at least (\d+) of 12 new values lie outside the 80% interval, or after 12 months", text)
    assert found
    hits = int(found[1])
    assert tail(12, hits, 0.2) < DOUBT <= tail(12, hits - 1, 0.2)
    assert "as soon as new values" in recommend(made(horizon=1))
    assert "outside the 50% interval" in recommend(made(horizon=12, levels=(50, 99)))


def test_every_flag_that_the_engine_raises_has_words() -> None:
    folder = Path(forecasting.__file__).parent
    source = "".join((folder / name).read_text() for name in ("series.py", "ordering.py"))
    raised = set(re.findall(r'flags\.append\("(\w+)"\)', source)) | set(re.findall(r'^ +"(\w+)": .*zero', source, re.M))
    assert len(raised) > 12
    assert [flag for flag in raised if not ENGLISH.has(f"flag.{flag}")] == []


def test_flags_that_only_repeat_pattern_or_reason_are_left_out() -> None:
    zeros, constant = forecast({"z": [0.0] * 30, "c": [7.0] * 30}, 3)
    assert "all values zero" in explain(zeros)
    assert "In the data" not in explain(constant)


def test_the_engines_own_words_are_all_known() -> None:
    draw = np.random.default_rng(3)
    seen = {pattern(draw.poisson(rate, 60) * scale * 1.0) for rate in (0.2, 1, 8) for scale in (1, draw.pareto(1, 60))}  # type: ignore[arg-type]
    seen |= {pattern(np.ones(30)), pattern(np.ones(3)), "seasonal", "trend", "none"}
    for kind in seen:
        assert ENGLISH.has(f"pattern.{kind}")
        assert ENGLISH.has(f"name.{kind}")


def test_every_language_file_is_found_by_its_name() -> None:
    assert names() == plugins.names("fanfold.forecasting.texts")
