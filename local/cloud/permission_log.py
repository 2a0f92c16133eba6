"""Which statements of policies are needed: those without which a request would have been refused, or granted.

With FANFOLD_CLOUD_PERMISSIONS, a file, each is written there once for each test that needs it: the role, the place of
its policy, the place of the statement in it, and the test, which a file of the same name that ends in `.test` tells.
A statement that another one makes needless is not needed.
"""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from local.cloud.seam import replace

VARIABLE = "FANFOLD_CLOUD_PERMISSIONS"
_lock = threading.Lock()
_written: set[str] = set()


def install() -> None:
    from ministack.core import iam_evaluator

    if file := os.environ.get(VARIABLE):
        replace(iam_evaluator, "evaluate", "ctx policies limits", lambda original: _noting(original, Path(file)))


def _noting(original: Callable[..., Any], file: Path) -> Callable[..., Any]:
    def evaluate(ctx: Any, policies: Any, *limits: Any) -> Any:
        result = original(ctx, policies, *limits)
        effect = {"Allow": "Allow", "Deny": "Deny"}.get(result.decision)
        found = list(_matching(ctx, policies, effect)) if effect else []
        if len(found) == 1 and (role := _role(ctx.principal_arn)):
            _note(file, f"{role} {found[0][0]} {found[0][1]} {_test(file)}\n")
        return result

    return evaluate


def _matching(ctx: Any, policies: Any, effect: str) -> Iterator[tuple[int, int]]:
    from ministack.core.iam_evaluator import _first_match

    for at, statements in enumerate(policies):
        for place, statement in enumerate(statements):
            if _first_match(ctx, [statement], effect) is not None:
                yield at, place


def _role(principal: str) -> str | None:
    """The name of the role that calls, or of whose session does."""
    kind, _, rest = principal.rpartition(":")[2].partition("/")
    return rest.split("/")[0] if kind in ("role", "assumed-role") else None


def _test(file: Path) -> str:
    """Which test runs."""
    try:
        return file.with_suffix(".test").read_text() or "-"
    except FileNotFoundError:
        return "-"


def _note(file: Path, line: str) -> None:
    with _lock:
        if line not in _written:
            _written.add(line)
            with file.open("a") as out:
                out.write(line)
