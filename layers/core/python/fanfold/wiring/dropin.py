"""The surfaces of other SDKs: they stand on what batches stand on."""

from fanfold.wiring.batches import audit as audit
from fanfold.wiring.batches import batches as batches
from fanfold.wiring.batches import settings as settings
