"""Reads 10,000 mutated reply lines of each provider: none may raise, name another request, or lose what came."""

import sys
import time
from random import Random

from fanfold.providers import Outcome, Status
from tests.fakes.replies import NAMES, mutated, reader

LINES = 10_000


def main(seed: str = "1") -> int:
    wrong = 0
    print(
        f"{'provider':10} {'lines':>7} {'raised':>7} {'strange ids':>12} {'not kept':>9} {'failed':>7} {'lines/s':>9}"
    )
    for name in NAMES:
        random, read = Random(f"{name}{seed}"), reader(name)
        lines = [mutated(name, f"0-{n}-abcdef01", random) for n in range(LINES)]
        raised = strange = lost = failed = 0
        began = time.perf_counter()
        for n, line in enumerate(lines):
            try:
                outcome = Outcome.model_validate_json(read(line).model_dump_json())
            except Exception as error:  # what is counted here
                print(f"{name}: {type(error).__name__}: {line[:200]!r}")
                raised += 1
                continue
            strange += outcome.id not in (f"0-{n}-abcdef01", "")
            failed += outcome.status is Status.FAILED
            lost += outcome.status is Status.FAILED and not (
                outcome.error and (outcome.error.received or outcome.error.message)
            )
        pace = LINES / (time.perf_counter() - began)
        print(f"{name:10} {LINES:7,} {raised:7} {strange:12} {lost:9} {failed:7,} {pace:9,.0f}")
        wrong += raised + strange + lost
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
