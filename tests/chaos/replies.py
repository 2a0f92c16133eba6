"""`make chaos-replies`: mutated reply lines of each provider. None raises, names another request, or loses anything."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from fanfold.providers import Outcome, Status
from tests.fakes.replies import NAMES, mutated, reader
from tools.measure import Bar, Size

TITLE = "Mutated replies"


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """What came of each provider's lines."""
    lines = size.of(smoke=300, small=10_000, full=10_000)
    for name in NAMES:
        found = _read(name, lines, seed)
        figure = ", ".join(f"{found[what]} {what}" for what in ("raised", "strange", "lost", "failed"))
        good = not (found["raised"] or found["strange"] or found["lost"])
        yield Bar(f"{name}: {lines:,} lines", figure, "0 raised, 0 strange, 0 lost", good)


def _read(name: str, lines: int, seed: int) -> Counter[str]:
    random, read, found = Random(f"{name}{seed}"), reader(name), Counter[str]()
    for n in range(lines):
        id = f"0-{n}-abcdef01"
        line = mutated(name, id, random)
        try:
            outcome = Outcome.model_validate_json(read(line).model_dump_json())
        except Exception:  # what is counted here
            found["raised"] += 1
            continue
        failed = outcome.status is Status.FAILED
        kept = outcome.error and (outcome.error.received or outcome.error.message)
        found.update({"strange": outcome.id not in (id, ""), "failed": failed, "lost": failed and not kept})
    return found
