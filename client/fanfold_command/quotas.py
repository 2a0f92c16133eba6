"""The options of `fanfold admin quotas`: each quota, as a number or a list, or `none` for no limit."""

from collections.abc import Callable
from typing import Any

import click

NONE = "none"
COUNTS = {
    "calls_per_minute": "Calls of the API.",
    "open_jobs": "Jobs that are under way at a time.",
    "requests_per_day": "Requests of batches.",
    "series_per_day": "Series of forecasts.",
    "stored_bytes": "What objects may have.",
    "concurrency": "Writing jobs that run at a time.",
}
MONEY = {"daily_usd": "What may be spent in a day of UTC.", "monthly_usd": "What may be spent in a month."}
LISTS = {
    "providers": "Who may be asked: openai,gemini.",
    "models": "Which models may be asked: openai/gpt-5.4-mini,anthropic/*.",
}


class _Limit(click.ParamType[Any]):
    """A value of some kind, or none."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name, self._read = name, read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == NONE:
            return NONE
        try:
            return self._read(value)
        except ValueError:
            return self.fail(f"{value!r} is neither {self.name} nor {NONE}", param, ctx)


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


KINDS = ((COUNTS, _Limit("a whole number", int)), (MONEY, _Limit("dollars", float)), (LISTS, _Limit("names", _names)))


def quota_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command with an option for each quota."""
    for quotas, kind in reversed(KINDS):
        for name, said in reversed(quotas.items()):
            option = click.option(f"--{name.replace('_', '-')}", type=kind, metavar="LIMIT", help=said)
            command = option(command)
    return command


def said(given: dict[str, Any]) -> dict[str, Any]:
    """What is to change; a quota that is taken away is None."""
    return {name: None if value == NONE else value for name, value in given.items() if value is not None}
