"""Jobs of all services, for the functions that look after every one."""

from fanfold.wiring.batches import batches as batches
from fanfold.wiring.forecasts import forecasts as forecasts
from fanfold.wiring.shared import storage as storage
from fanfold.wiring.shared import tenants as tenants
from fanfold.wiring.writing import writing as writing
