"""What stands in a cell, by the name of a field."""

import json
from typing import Any

from fanfold_command.printing import Column, ago, waiting_line


def progress(name: str) -> Any:
    return lambda batch: getattr(batch.progress, name, None)


def tokens(name: str) -> Any:
    return lambda row: getattr(row.tokens, name)


def field(name: str) -> Any:
    return lambda row: getattr(row, name, None)


def date(name: str) -> Column:
    return Column(name, field(name), lambda row: ago(getattr(row, name, None)))


def error(name: str) -> Any:
    return lambda row: getattr(row.error, name, None)


def money(name: str) -> Any:
    return lambda batch: getattr(batch.cost, name)


def shown(name: str) -> Any:
    """Money, if there is any."""
    return lambda batch: getattr(batch.cost, name) or None


def lane_cost(lane: str, name: str) -> Any:
    return lambda row: getattr(row.lanes.get(lane), name, None)


def brief(name: str) -> Any:
    """A number to three digits."""
    return lambda row: None if getattr(row, name) is None else float(f"{getattr(row, name):.3g}")


def of_lane(name: str, row: Any) -> Any:
    return getattr(row[1], name)


def dollars_of(cost: Any, row: Any) -> str:
    return dollars(cost(row))


def dollars(value: float | None) -> str:
    """Money to three digits, or to the cent."""
    if value is None:
        return "not known"
    return f"{value:,.2f}" if value >= 10 else f"{float(f'{value:.3g}'):.10f}".rstrip("0").rstrip(".")


def short(count: int) -> str:
    """A count to three digits: 12.3 k, 4.56 M."""
    for size, unit in ((1_000_000, " M"), (1_000, " k")):
        if count >= size:
            return f"{float(f'{count / size:.3g}'):g}{unit}"
    return str(count)


def waiting(row: Any, *, brief: bool = True) -> str:
    """What a batch waits for."""
    if brief:
        return ", ".join(each.reason for each in row.waiting_for)
    return "; ".join(waiting_line(each) for each in row.waiting_for)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""


def tally(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def every(forecast: Any) -> str | None:
    """How often a forecast is made anew."""
    found = forecast.schedule
    if found is None:
        return None
    return found.expression or f"every {found.every} {found.unit}"


def joined(name: str) -> Any:
    return lambda row: ", ".join(getattr(row, name, None) or ())
