"""Every five minutes: move on what a crash left lying, kind by kind; an error of one kind stops no other."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.batches.sweep import sweep as sweep_batches
from fanfold.forecasts.commands import sweep as sweep_forecasts
from fanfold.observe import Event, count, logger, observed, report
from fanfold.quotas.stored import SweptStorage, measure
from fanfold.sweeping import SweepRound
from fanfold.writing.sweep import sweep as sweep_writing


def _measure() -> SweptStorage:
    return measure(wiring.tenants(), wiring.storage())


KINDS: dict[str, Callable[[], SweepRound]] = {
    "batches": lambda: sweep_batches(wiring.batches()),
    "forecasts": lambda: sweep_forecasts(wiring.forecasts()),
    "writing": lambda: sweep_writing(wiring.writing()),
    "storage": _measure,
}


@observed("id")
def handler(event: Event, context: LambdaContext) -> Event:
    swept: dict[str, dict[str, Any]] = {}
    failed: dict[str, Exception] = {}
    for kind, sweep in KINDS.items():
        try:
            swept[kind] = report(sweep())
        except Exception as error:
            logger.exception("not swept", extra={"kind": kind})
            failed[kind] = error
    _count(swept.get("batches", {}), swept.get("writing", {}))
    if failed:
        raise ExceptionGroup(f"not swept: {', '.join(failed)}", list(failed.values()))
    return swept


def _count(batches: dict[str, Any], writing: dict[str, Any]) -> None:
    count(
        JobsOpen=batches.get("open", 0) + writing.get("open", 0),
        JobsRestarted=batches.get("started", 0) + writing.get("admitted", 0),
        JobsHalted=batches.get("halted", 0) + writing.get("halted", 0),
    )
    count(SessionsIdle=writing.get("idle", 0), LeasesReleased=writing.get("released", 0))
