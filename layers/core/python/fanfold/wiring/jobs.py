"""Jobs of all services, for the functions that look after every one."""

from functools import cache

from fanfold.clock import utc_now
from fanfold.quotas.watching import BudgetWatch
from fanfold.wiring.batches import batches as batches
from fanfold.wiring.forecasts import forecasts as forecasts
from fanfold.wiring.shared import budgets, events, table
from fanfold.wiring.shared import storage as storage
from fanfold.wiring.shared import tenants as tenants
from fanfold.wiring.writing import writing as writing


@cache
def budget_watch() -> BudgetWatch:
    return BudgetWatch(table(), budgets(), events(), utc_now)
