"""Fanfold's own code: what things mean, apart from events (`functions/`) and from the order of steps (`statemachine/`)."""

import gc

# What is imported stays. Looking for garbage among it every 700 objects is a fifth of the time that an SDK's import takes.
gc.set_threshold(10_000)
