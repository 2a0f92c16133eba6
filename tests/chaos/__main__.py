"""`make chaos`: drills that kill workers, spoil replies and refuse calls, and what must hold all the same."""

import sys

from tools.measure import Size, main

LANES = ("batch", "submit", "replies", "realtime", "faults", "poison", "map", "writing", "journal", "outage")
NAMES = (*LANES, "hostile", "rotation", "notify", "webhooks")

if __name__ == "__main__":
    sys.exit(main("tests.chaos", NAMES, (Size.SMALL, Size.FULL)))
