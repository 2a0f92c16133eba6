"""Our own options, which SDKs of others send as `extra_body`."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from fanfold.batches.intake.create import CreateBatch
from fanfold.batches.model.batch import Fallback, Mode, Priority
from fanfold.clock import Moment
from fanfold.problems import invalid


class OurOptions(BaseModel):
    """What the body of a new batch may say beside what its SDK knows; each as `Options` has it."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode = Mode.BATCH
    priority: Priority | None = None
    deadline: Moment | None = None
    budget_usd: float | None = None
    fallbacks: tuple[Fallback, ...] | None = None
    collapse: bool | None = None
    cache: bool | None = None


OURS = set(OurOptions.model_fields)


def in_our_words(said: Mapping[str, Any], body: OurOptions) -> CreateBatch:
    """The batch that is asked for, with our own options before those that are made of the SDK's. Raises Invalid."""
    try:
        return CreateBatch.model_validate({**said, **body.model_dump(include=OURS, exclude_none=True)})
    except ValidationError as error:
        raise invalid(error, "the options are not as they should be") from None
