"""The one resolver of the three surfaces."""

from fanfold.surfaces import SurfaceApi
from fanfold.wiring import dropin as wiring

app = SurfaceApi(wiring.audit)
