"""`fanfold forecast`: forecasts made here with no service behind them, and those of the service."""

from pathlib import Path
from typing import Any

import click

from fanfold_command import next_month, portfolios
from fanfold_command.forecast_options import ASKED, HORIZON, LANGUAGES, READING, SETTINGS, NumberList
from fanfold_command.options import Decorator, with_options
from fanfold_command.printing import json_option

FORMATS = ("csv", "erp", "html", "json", "parquet", "xlsx")
FITTED: tuple[Decorator, ...] = (
    click.option(
        "--horizon", type=click.IntRange(1, 1000), default=HORIZON, show_default=True, help="Steps to look ahead."
    ),
    click.option(
        "--levels", type=NumberList(), default="80,95", show_default=True, metavar="N,N", help="Intervals, in %."
    ),
    click.option("--input-format", metavar="NAME", help="csv, xlsx, parquet, json, zip; else INPUT tells."),
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
@with_options(FITTED)
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
    try:
        from fanfold_command.fitting import run
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is not there: pip install 'fanfold[forecasting]'") from None

    return run(options)


for command in (*portfolios.COMMANDS, *next_month.COMMANDS):
    forecast.add_command(command)
