"""A tenant's budget, as they set it."""

import pytest
from pydantic import ValidationError

from fanfold.batches.views.budget import BudgetRequest, set_budget
from tests.fakes.cloud import FakeCloud


def test_the_least_budget_is_a_nanodollar() -> None:
    cloud = FakeCloud()
    assert set_budget("acme", BudgetRequest(daily_usd=1e-9), cloud.backend).daily_usd == 1e-9
    for less in (1e-10, 1e-300, 0):
        with pytest.raises(ValidationError):
            BudgetRequest(monthly_usd=less)
