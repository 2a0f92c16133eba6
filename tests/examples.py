"""How many examples a property test draws: a part of them in `make test`, all in `make test-wide`."""

import os


def examples(all_of_them: int) -> int:
    """So many of them."""
    return all_of_them if os.environ.get("FANFOLD_WIDE") else max(10, all_of_them // 4)
