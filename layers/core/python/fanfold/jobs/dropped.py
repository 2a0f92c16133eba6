"""Dropped: the options that lie beside a file in an inbox, for the job that is made of it."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from fanfold.errors import Invalid
from fanfold.ports import Blobs
from fanfold.problems import invalid

MOST_OPTION_FILE_BYTES = 1024 * 1024
M = TypeVar("M", bound=BaseModel)


def dropped_options(key: str, kind: type[M], called: str, blobs: Blobs) -> M | None:
    """What the object says, or None if it is not there. Raises Invalid, which calls it by that name."""
    try:
        if (size := blobs.size(key)) > MOST_OPTION_FILE_BYTES:
            raise Invalid(f"{called} has {size:,} bytes, and may have {MOST_OPTION_FILE_BYTES:,}")
        text = blobs.get(key)
    except KeyError:
        return None
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise invalid(error, f"{called} is not as it should be") from None
