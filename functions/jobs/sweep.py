"""Every five minutes: move on what a crash left lying, kind by kind; an error of one kind stops no other."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.jobs.sweep import sweep
from fanfold.observe import Event, count, logger, observed, report
from fanfold.quotas.stored import SweptStorage, measure
from fanfold.quotas.watching import watch
from fanfold.sweeping import SweepRound
from fanfold.wiring import jobs as wiring
from fanfold.writing.sweep import sweep as sweep_writing


def _measure() -> SweptStorage:
    return measure(wiring.tenants(), wiring.storage())


KINDS: dict[str, Callable[[], SweepRound]] = {
    "batches": lambda: sweep(wiring.batches()),
    "forecasts": lambda: sweep(wiring.forecasts()),
    "writing": lambda: sweep_writing(wiring.writing()),
    "storage": _measure,
    "budgets": lambda: watch(wiring.tenants(), wiring.budget_watch()),
}


@observed("id")
def handler(event: Event, context: LambdaContext) -> Event:
    swept: dict[str, dict[str, Any]] = {}
    failed: dict[str, Exception] = {}
    for kind, sweep_kind in KINDS.items():
        try:
            swept[kind] = report(sweep_kind())
        except Exception as error:
            logger.exception("not swept", extra={"kind": kind})
            failed[kind] = error
    _count(swept)
    if failed:
        raise ExceptionGroup(f"not swept: {', '.join(failed)}", list(failed.values()))
    return swept


def _count(swept: dict[str, dict[str, Any]]) -> None:
    def total(*names: str) -> int:
        return sum(done.get(name, 0) for done in swept.values() for name in names)

    count(JobsOpen=total("open"), JobsRestarted=total("started", "admitted"), JobsHalted=total("halted"))
    count(SessionsIdle=total("idle"), LeasesReleased=total("released"))
