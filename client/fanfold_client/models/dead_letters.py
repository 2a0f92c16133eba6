"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer


class DeadLetter(Answer):
    """A request that is dead, and since when."""

    job: str = ""
    chunk: int = 0
    position: int = 0
    custom_id: str
    line: int = 0
    kind: str = "poisoned"
    died_at: str = ""


class RedrivenBatch(Answer):
    """A batch whose dead_letters are sent again, or are left for now, and why."""

    job: str = ""
    dead_letters: int = 0
    left: str | None = None


class Redriven(Answer):
    """In the API Redriven."""

    batches: list[RedrivenBatch] = Field(default_factory=list)
