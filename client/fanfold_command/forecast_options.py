"""The options of a forecast, the same for `fit`, here, and `submit`, to the service."""

from typing import Any

import click

from fanfold_command.options import Decorator

ROLES = ("name", "date", "value", "group", "on_hand", "on_order", "lot_size", "minimum_order")
HORIZON = 12
"""Steps to look ahead, if nobody says how many."""
PRESETS = ("energy", "manufacturing", "retail", "spare_parts")
LANGUAGES = ("en", "es", "fr", "it", "zh")


class NumberList(click.ParamType[tuple[int, ...]]):
    """Whole numbers with commas between them."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(each) for each in value.split(","))
        except ValueError:
            self.fail(f"{value!r}: write whole numbers with commas between them, as in 80,95", param, ctx)


class NameList(click.ParamType[tuple[str, ...]]):
    """Names with commas between them."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return value if isinstance(value, tuple) else tuple(each.strip() for each in value.split(",") if each.strip())


ASKED: tuple[Decorator, ...] = (
    click.option("--frequency", metavar="NAME", help="Y, Q, M, W, D, H, 15min or a usual name; else found from dates."),
    click.option("--season", type=NumberList(), metavar="N[,N]", help="Steps of a season; else the frequency's."),
    click.option("--preset", type=click.Choice(PRESETS), help="Settings that go together; options below come first."),
)
SETTINGS: tuple[Decorator, ...] = (
    click.option("--lead-time", type=float, metavar="STEPS", help="Between order and delivery: adds stock advice."),
    click.option("--lead-time-deviation", type=float, metavar="STEPS", help="How uncertain that is."),
    click.option("--review-period", type=float, metavar="STEPS", help="Between looks at the stock."),
    click.option("--service-level", type=float, metavar="X", help="Chance of no stock-out in an order cycle: 0.95."),
    click.option(
        "--validation-split", type=float, metavar="X", help="Share of each series held back for the backtest."
    ),
    click.option("--models-to-try", type=int, metavar="N", help="Candidates in the combination, the cheapest first."),
    click.option("--models", type=NameList(), metavar="A,B", help="These candidates: sarimax, var, theta, …"),
    click.option("--work-limit", type=int, metavar="N", help="Most iterations a series; the same bytes on a re-run."),
    click.option(
        "--time-limit", type=float, metavar="SECONDS", help="Last resort a model; one that takes longer is out."
    ),
    click.option("--seasonal-preference", type=click.Choice(("auto", "always", "never")), help="Models with a season."),
    click.option(
        "--intermittent-detection/--no-intermittent-detection", default=None, help="Models for sparse demand."
    ),
    click.option(
        "--clean-outliers/--keep-outliers",
        default=None,
        help="Whether outliers, stock-outs and shifts beyond doubt are mended before the fit; they are.",
    ),
    click.option(
        "--life-detection/--no-life-detection",
        default=None,
        help="Whether zeros before the first sale and after the last are told from gaps; they are.",
    ),
    click.option(
        "--borrowing/--no-borrowing",
        default=None,
        help="Whether items too new to show a season take that of their group; they do.",
    ),
    click.option("--non-negative/--any-sign", default=None, help="Stop at zero; else where history does."),
    click.option("--stacking/--no-stacking", default=None, help="Weights by backtest, or the candidates' median."),
    click.option("--hooks", type=NameList(), metavar="A,B", help="Plug-ins before and after the fit: whole_units."),
    click.option("--chunk", type=int, metavar="N", help="Series fitted at once: memory grows with it, numbers stay."),
    click.option("--seed", type=int, metavar="N", help="For simulated paths."),
)
READING: tuple[Decorator, ...] = (
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="ROLE=NAME",
        help=f"Roles are {', '.join(ROLES)}; name=a,b joins.",
    ),
    click.option("--delimiter", metavar="C", help="Of a CSV."),
    click.option("--encoding", metavar="NAME", help="Of text: gb18030, cp1250."),
    click.option("--decimal", type=click.Choice((".", ",")), help="The decimal mark."),
    click.option("--day-first/--month-first", default=None, help="What 1/2/2024 is."),
    click.option(
        "--missing",
        type=click.Choice(("line", "zero")),
        help="What a missing value or a period without a row was; else the file's shape tells.",
    ),
    click.option(
        "--duplicates",
        type=click.Choice(("sum", "mean", "last", "error")),
        help="What several values for a date come to; sum unless you say so.",
    ),
    click.option(
        "--partial",
        type=click.Choice(("drop", "keep", "scale")),
        help="What becomes of a last period that is not over; drop unless you say so.",
    ),
    click.option("--end", metavar="DATE", help="The last period of the portfolio; else the one most series reach."),
    click.option("--sheet", metavar="NAME", help="Of a workbook."),
    click.option(
        "--header-row",
        type=click.IntRange(min=1),
        metavar="LINE",
        help="Line of the header; else it is found.",
    ),
    click.option("--skip-rows", type=click.IntRange(min=0), metavar="N", help="Lines above the table."),
)


def columns_of(given: tuple[str, ...]) -> dict[str, str]:
    """Columns by role. Raises UsageError."""
    return dict(map(_column, given))


def _column(text: str) -> tuple[str, str]:
    role, equals, name = text.partition("=")
    if role not in ROLES or not equals or not name:
        raise click.UsageError(f"--column {text!r}: write it as name=…; roles are {', '.join(ROLES)}")
    return role, name
