"""What outlives a deployment: messages, executions' inputs, items. Each says as which version of its kind it is.

A version is counted up where older code would misread what newer code writes, not where it only knows less: unknown
fields are ignored. Each step from one version to the next is a function, and whatever is read goes through those that
it lacks. A step may not take away what the version before it reads, so that a deployment can go back by one.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from fanfold.errors import WrittenLater

Step = Callable[[dict[str, Any]], dict[str, Any]]
Steps = tuple[Step, ...]
"""The first makes version 2 of version 1, which is also what has no version."""


def newest(steps: Steps) -> int:
    """The version that this code writes."""
    return len(steps) + 1


def brought_up(given: Mapping[str, Any], steps: Steps, written_as: int) -> dict[str, Any]:
    """What was written as that version, as this code reads it. Raises WrittenLater for what only newer code knows."""
    if written_as > newest(steps):
        raise WrittenLater(f"version {written_as} is known to a later release; this one knows {newest(steps)}")
    found = dict(given)
    for step in steps[written_as - 1 :]:
        found = step(found)
    return found


class VersionedMessage(BaseModel):
    """What waits, in a queue or an execution, for code that may be newer or older than the one that wrote it.

    A kind of messages that changes its `STEPS` gives its `v` the newest version for a default.
    """

    STEPS: ClassVar[Steps] = ()

    v: int = 1

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """A message from its JSON. Raises ValidationError and WrittenLater."""
        return cls.load(json.loads(text))

    @classmethod
    def load(cls, given: Mapping[str, Any]) -> Self:
        """A message from what it was written as. Raises ValidationError and WrittenLater."""
        return cls.model_validate(brought_up(given, cls.STEPS, given.get("v", 1)) | {"v": newest(cls.STEPS)})
