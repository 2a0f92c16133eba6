"""Repairs: an output that does not keep to its schema is shown to the model once, with what is wrong with it."""

from typing import Any

from fanfold.batches.model.schema_check import INVALID, check_schema
from fanfold.providers import Dialect, Outcome, Usage

SAID = (
    "That does not keep to the JSON Schema it has to keep to: {flaw}. "
    "Answer once more, with nothing but JSON that keeps to the schema."
)
NOTHING = "(nothing)"
"""Providers refuse a turn without text."""


def repair(body: dict[str, Any], outcome: Outcome, dialect: Dialect) -> dict[str, Any] | None:
    """What to ask for a better output; None if there is nothing to repair."""
    fault = check_schema(outcome, dialect.schema(body)).error
    if outcome.error is not None or fault is None or fault.kind != INVALID:
        return None
    return dialect.continued(body, outcome.output or NOTHING, SAID.format(flaw=fault.message))


def unrepaired(body: dict[str, Any], outcome: Outcome) -> None:
    """Nothing: the output is taken as it is."""


def together(flawed: Outcome, outcome: Outcome) -> Outcome:
    """What came of a repair, with what both calls took; without a second output it is the flawed one."""
    repaired = outcome.error is None
    kept = outcome if repaired else flawed
    news = {"usage": _sum(flawed.usage, outcome.usage), "repaired": repaired or None, "unrepaired": None}
    return kept.model_copy(update=news)


def _sum(first: Usage, second: Usage) -> Usage:
    return Usage(**{name: getattr(first, name) + getattr(second, name) for name in Usage.model_fields})
