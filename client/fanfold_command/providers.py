"""`fanfold providers`: whom batches can be for, and what models cost."""

from collections.abc import Iterator

import click
from pydantic import BaseModel

from fanfold_client.models import Provider
from fanfold_command.columns.cells import dollars
from fanfold_command.printing import Column, json_option, show_rows
from fanfold_command.session import CliContext, pass_session


class Price(BaseModel):
    """Dollars a million tokens of a model in a lane; a provider without a known price has no model."""

    provider: str
    enabled: bool
    model: str | None = None
    lane: str | None = None
    input_usd: float | None = None
    cached_usd: float | None = None
    output_usd: float | None = None


COLUMNS = [
    Column("provider", lambda row: row.provider),
    Column("enabled", lambda row: row.enabled, lambda row: "" if row.enabled else "not enabled"),
    Column("model", lambda row: row.model, yields=True),
    Column("lane", lambda row: row.lane),
    Column("input_usd", lambda row: row.input_usd, lambda row: dollars(row.input_usd)),
    Column("cached_usd", lambda row: row.cached_usd, lambda row: dollars(row.cached_usd)),
    Column("output_usd", lambda row: row.output_usd, lambda row: dollars(row.output_usd)),
]


@click.command()
@click.option("--provider", metavar="NAME", help="Only of this one.")
@json_option
@pass_session
def providers(session: CliContext, provider: str | None, fields: str | None) -> None:
    """List providers and models, with dollars a million tokens by lane.

    Models without a known price can be used all the same.
    """
    found = (each for each in session.fanfold.providers.list() if provider in (None, each.name))
    show_rows((price for each in found for price in _prices(each)), COLUMNS, fields, "there is no such provider")


def _prices(provider: Provider) -> Iterator[Price]:
    whose = {"provider": provider.name, "enabled": provider.enabled}
    if not provider.models:
        yield Price.model_validate(whose)
    for model in provider.models:
        for lane, prices in model.lanes.items():
            yield Price.model_validate(whose | {"model": model.model, "lane": lane} | prices.model_dump())
