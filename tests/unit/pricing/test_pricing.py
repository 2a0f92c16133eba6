"""Prices of models, and what usage costs by them, in whole nanodollars."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fanfold.pricing.catalogue import PriceCatalogue
from fanfold.pricing.tariff import NANOS, Charge, Step, Tariff, dollars, nanos
from fanfold.providers import Usage

NOW = datetime(2026, 11, 26, tzinfo=UTC)
MODELS = [
    ("openai", "gpt-5.4-mini"),
    ("openai", "o3"),
    ("anthropic", "claude-haiku-4-5"),
    ("anthropic", "claude-haiku-5-5"),
    ("gemini", "gemini-3.5-flash-lite"),
    ("gemini", "gemini-2.5-pro"),
]
"""Among them prices by steps, and models with a price for writing to the cache."""
LANES = {"realtime": None, "batch": {"processing": "batch"}}


def tariff(provider: str, model: str) -> Tariff:
    found = PriceCatalogue().tariff(provider, model, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(("provider", "model"), MODELS)
@pytest.mark.parametrize("lane", LANES)
@settings(max_examples=30)
@given(
    taken=st.integers(0, 400_000),
    cached=st.integers(0, 100),
    written=st.integers(0, 100),
    output=st.integers(0, 9999),
)
def test_a_charge_is_what_the_library_says(
    provider: str, model: str, lane: str, taken: int, cached: int, written: int, output: int
) -> None:
    cached, written = taken * cached // 300, taken * written // 300
    usage = Usage(input_tokens=taken, output_tokens=output, cached_tokens=cached, written_tokens=written)
    theirs = {
        "input_tokens": taken,
        "output_tokens": output,
        "cache_read_tokens": cached,
        "cache_write_tokens": written,
    }
    price = calc_price(
        TheirUsage(**theirs), model, provider_id=provider, genai_request_timestamp=NOW, price_context=LANES[lane]
    )
    spent = TARIFFS[provider, model].charge(usage, lane).spent  # type: ignore[arg-type]
    assert abs(spent - price.total_price * NANOS) <= Decimal("0.5")


TARIFFS = {each: tariff(*each) for each in MODELS}


def test_writing_for_an_hour_has_a_price_of_its_own() -> None:
    usage = Usage(input_tokens=100, written_tokens=100, long_written_tokens=40)
    assert TARIFFS["anthropic", "claude-haiku-4-5"].charge(usage, "realtime").spent == 60 * 1250 + 40 * 2000


def test_the_list_price_is_in_real_time_and_without_cache() -> None:
    usage = Usage(input_tokens=1000, cached_tokens=900, output_tokens=10)
    charge = TARIFFS["openai", "gpt-5.4-mini"].charge(usage, "batch")
    assert charge == Charge(spent=100 * 375 + 900 * 37.5 + 10 * 2250, listed=1000 * 750 + 10 * 4500)  # type: ignore[arg-type]


def test_over_a_step_all_tokens_have_the_higher_price() -> None:
    steps = (Step(0, 1000, 100, 1000, 1000, 2000), Step(100, 3000, 300, 3000, 3000, 6000))
    priced = Tariff(batch=steps, realtime=steps)
    assert [priced.charge(Usage(input_tokens=n), "batch").spent for n in (100, 101)] == [100, 303]


def test_reasoning_is_part_of_the_output() -> None:
    plain, reasoned = Usage(output_tokens=10), Usage(output_tokens=10, reasoning_tokens=9)
    assert TARIFFS["openai", "o3"].charge(plain, "batch") == TARIFFS["openai", "o3"].charge(reasoned, "batch")


@pytest.mark.parametrize("model", ["gpt-9-nothing", "ft:gpt-4o-mini:acme:x", "whisper-1"])
def test_what_has_no_known_price_has_none(model: str) -> None:
    assert PriceCatalogue().tariff("openai", model, NOW) is None


def test_a_price_that_begins_later_does_not_hold_yet() -> None:
    before, after = (
        PriceCatalogue().tariff("gemini", "gemini-3.8-flash", day) for day in (NOW, datetime(2027, 2, 1, tzinfo=UTC))
    )
    assert before != after


def test_an_operators_price_comes_first() -> None:
    tuned_price = {"input_usd": 2, "output_usd": 3, "cached_usd": "0.5", "batch_share": "0.25"}
    own = PriceCatalogue({"openai/gpt-5.4-mini": {"input_usd": "0.1", "output_usd": 1}, "openai/ft:x": tuned_price})
    found, tuned = (own.tariff("openai", model, NOW) for model in ("gpt-5.4-mini", "ft:x"))
    assert found
    assert tuned
    assert found.charge(Usage(input_tokens=10, output_tokens=1), "batch") == Charge(1000, 2000)
    assert tuned.realtime == (Step(0, 2_000_000, 500_000, 2_000_000, 2_000_000, 3_000_000),)
    assert tuned.batch[0].output == 750_000
    assert own.tariff("openai", "o3", NOW) == TARIFFS["openai", "o3"]


WRONG: list[dict[str, dict[str, Any]]] = [{"openai/x": {"input_usd": -1, "output_usd": 1}}, {"openai/x": {"typo": 1}}]


@pytest.mark.parametrize("wrong", WRONG)
def test_prices_that_are_none_are_refused(wrong: dict[str, dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        PriceCatalogue(wrong)


@given(st.integers(0, 10**15))
def test_dollars_and_nanodollars_are_the_same_money(amount: int) -> None:
    assert nanos(dollars(amount)) == amount


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999))))
def test_charges_add_up_in_any_order(usages: list[tuple[int, int]]) -> None:
    charges = [TARIFFS["openai", "o3"].charge(Usage(input_tokens=i, output_tokens=o), "batch").spent for i, o in usages]
    assert sum(charges) == sum(reversed(charges))
    assert all(isinstance(each, int) for each in charges)
