"""`make bench`: what things take of CPU, memory, calls and dollars, and how good the forecasts are; by name."""

import sys

from tools.measure import Size, main

NAMES = (
    "batches",
    "idempotency",
    "idle",
    "realtime",
    "limits",
    "journal",
    "forecast_service",
    "forecast_scale",
    "reading",
    "forecast",
)

if __name__ == "__main__":
    sys.exit(main("benchmarks", NAMES, tuple(Size)))
