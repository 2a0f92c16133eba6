"""What the doctor finds."""

from pydantic import BaseModel


class Finding(BaseModel):
    """One thing looked at: whether it is as it should be, what was seen, and what to do if it is not."""

    ok: bool
    name: str
    seen: str
    todo: str = ""


def well(name: str, seen: str) -> Finding:
    return Finding(ok=True, name=name, seen=seen)


def ill(name: str, seen: str, todo: str) -> Finding:
    return Finding(ok=False, name=name, seen=seen, todo=todo)
