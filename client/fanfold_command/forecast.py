"""`fanfold forecast`: forecasts made here with no service behind them, and those of the service."""

from pathlib import Path
from typing import Any

import click

from fanfold_command import portfolios
from fanfold_command.options import Decorator, with_options
from fanfold_command.printing import json_option

FORMATS = ("csv", "erp", "html", "json", "parquet", "xlsx")
PRESETS = ("energy", "manufacturing", "retail", "spare_parts")
LANGUAGES = ("en", "es", "fr", "it", "zh")


class Numbers(click.ParamType[tuple[int, ...]]):
    """Whole numbers with commas between them."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(each) for each in value.split(","))
        except ValueError:
            self.fail(f"{value!r}: write whole numbers with commas between them, as in 80,95", param, ctx)


class Names(click.ParamType[tuple[str, ...]]):
    """Names with commas between them."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return value if isinstance(value, tuple) else tuple(each.strip() for each in value.split(",") if each.strip())


ASKED: tuple[Decorator, ...] = (
    click.option("--horizon", type=click.IntRange(1, 1000), required=True, help="Steps to look ahead."),
    click.option("--frequency", metavar="NAME", help="Y, Q, M, W, D, B, H or a usual name; else found from dates."),
    click.option("--season", type=Numbers(), metavar="N[,N]", help="Steps of a season; else the frequency's."),
    click.option(
        "--levels", type=Numbers(), default="80,95", show_default=True, metavar="N,N", help="Intervals, in %."
    ),
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
    click.option("--models", type=Names(), metavar="A,B", help="These candidates: sarimax, var, theta, …"),
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
    click.option("--missing", type=click.Choice(("line", "zero")), help="What a missing value or period was."),
    click.option("--non-negative/--any-sign", default=None, help="Stop at zero; else where history does."),
    click.option("--stacking/--no-stacking", default=None, help="Weights by backtest, or the candidates' median."),
    click.option("--hooks", type=Names(), metavar="A,B", help="Plug-ins before and after the fit: whole_units."),
    click.option("--chunk", type=int, metavar="N", help="Series fitted at once: memory grows with it, numbers stay."),
    click.option("--seed", type=int, metavar="N", help="For simulated paths."),
)
READING: tuple[Decorator, ...] = (
    click.option("--input-format", metavar="NAME", help="csv, xlsx, parquet, json, zip; else INPUT tells."),
    click.option(
        "--column", "columns", multiple=True, metavar="ROLE=NAME", help="name, date, value or group; repeat it."
    ),
    click.option("--delimiter", metavar="C", help="Of a CSV."),
    click.option("--encoding", metavar="NAME", help="Of text: gb18030, cp1250."),
    click.option("--decimal", type=click.Choice((".", ",")), help="The decimal mark."),
    click.option("--day-first/--month-first", default=None, help="What 1/2/2024 is."),
    click.option("--sheet", metavar="NAME", help="Of a workbook."),
    click.option(
        "--header-row",
        type=click.IntRange(min=1),
        metavar="LINE",
        help="Line of the header; else it is found.",
    ),
    click.option("--skip-rows", type=click.IntRange(min=0), default=0, metavar="N", help="Lines above the table."),
)
WRITING: tuple[Decorator, ...] = (
    click.option("--format", type=click.Choice(FORMATS), help="Else what --out's name ends in."),
    click.option("--language", type=click.Choice(LANGUAGES), help="Of explanations and reports."),
    click.option("--title", metavar="TEXT", help="Of reports."),
    click.option(
        "--workers", type=click.IntRange(1), metavar="N", help="Processes, else as many as cores; the bytes stay."
    ),
    click.option("--exit-status", is_flag=True, help="Exit 1 also if a series failed or a line was not taken."),
    click.option("--out", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Goes here."),
)


@click.group()
def forecast() -> None:
    """Forecast series from a file: here, with no service and no configuration (fit), or by the service (submit)."""


@forecast.command()
@click.argument("input", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@with_options(ASKED)
@with_options(WRITING)
@with_options(SETTINGS)
@with_options(READING)
@json_option
def fit(**options: Any) -> int:
    """Forecast every series of INPUT. - is stdin.

    INPUT is CSV, Excel, Parquet or JSON: long (series_name,date,value or unique_id,ds,y), wide (a date column and one
    column a series, or one row a series), a zip of such files, or a folder with a file for each series. What can't be
    read is said by line and takes nothing else with it; a bad series gets a status and a reason.

    \b
        fanfold forecast fit sales.csv --horizon 12 --out forecast.csv
        fanfold forecast fit parts.xlsx --horizon 6 --preset spare_parts --out report.html
        fanfold forecast fit sales.csv --horizon 12 --format erp --out erp.csv --json
    """
    from fanfold_command.fitting import run

    return run(options)


for command in portfolios.COMMANDS:
    forecast.add_command(command)
