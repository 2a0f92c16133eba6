"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from fanfold_client.answers import Answer


class AuditEntry(Answer):
    """What somebody did, or was denied `count` times in a minute."""

    at: str = ""
    who: str = ""
    what: str = ""
    path: str = ""
    source: str = ""
    agent: str = ""
    request: str = ""
    status: int | None = None
    """The HTTP status of its answer; None if it was cut short."""
    made: str | None = None
    """What it made, if it says where that is."""
    denied: int = 0
