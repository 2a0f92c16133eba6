"""How much to order: what is missing to the reorder point, in whole lots and not less than the minimum."""

import numpy as np
import pytest

from fanfold.forecasting import Series, Supply, forecast
from fanfold.forecasting.texts import recommend


@pytest.mark.parametrize(
    ("supply", "ordered"),
    [
        (Supply(), 640.0),
        (Supply(on_hand=500), 140.0),
        (Supply(on_hand=500, on_order=140), 0.0),
        (Supply(on_hand=900), 0.0),
        (Supply(on_hand=-60, on_order=100), 600.0),
        (Supply(on_hand=500, lot_size=48), 144.0),
        (Supply(on_hand=500, lot_size=70), 140.0),
        (Supply(on_hand=500, minimum_order=200), 200.0),
        (Supply(on_hand=500, minimum_order=200, lot_size=48), 240.0),
        (Supply(on_hand=639.5, lot_size=24), 24.0),
    ],
)
def test_what_is_missing_is_ordered_in_whole_lots(supply: Supply, ordered: float) -> None:
    assert supply.order(640.0) == pytest.approx(ordered)


def test_advice_says_what_to_order_now() -> None:
    values = 100 + np.random.default_rng(1).normal(0, 10, 60)
    given = [
        Series("short", values, supply=Supply(on_hand=200, on_order=100, lot_size=50)),
        Series("full", values, supply=Supply(on_hand=2000)),
        Series("unknown", values),
    ]
    short, full, unknown = forecast(given, 3, "M", settings={"lead_time": 6.0})
    assert short.stock is not None
    assert short.stock.position == 300
    quantity = short.stock.order_quantity
    assert quantity is not None
    assert quantity % 50 == 0
    assert 0 <= 300 + quantity - short.stock.reorder_point < 50
    assert f"Order {quantity:.0f} now: 300 is on hand" in recommend(short)
    assert full.stock is not None
    assert (full.stock.order_quantity, "Nothing is to be ordered now" in recommend(full)) == (0.0, True)
    assert unknown.stock is not None
    assert unknown.stock.order_quantity is None
