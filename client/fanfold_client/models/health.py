"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer


class Check(Answer):
    """One thing asked: whether it answered, and what it raised if not."""

    ok: bool = False
    error: str | None = None


class Health(Answer):
    """In the API Health."""

    status: str
    version: str = ""
    checks: dict[str, Check] = Field(default_factory=dict)
    active_sessions: int | None = None
    """Writing sessions that are open, and jobs of theirs that run or wait."""
    active_jobs: int | None = None
