"""Callbacks: where one job's end is told, beside the webhooks of its tenant."""

from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fanfold.addresses import LONGEST_URL, check_url


class Callbacks(BaseModel):
    """Who is told of the end of this one job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook_url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    """An address on the internet that begins with https://; it is called as webhooks are."""


def check_callbacks(callbacks: Callbacks | None, allowed: Collection[str]) -> None:
    """Refuse an address that may not be called. Raises Invalid."""
    if callbacks is not None:
        check_url(callbacks.webhook_url, allowed, "callbacks.webhook_url")


def url_of(callbacks: Callbacks | None) -> str | None:
    """Where to call, if anywhere."""
    return callbacks.webhook_url if callbacks else None
