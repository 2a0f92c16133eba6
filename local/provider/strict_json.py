"""Reading JSON as strictly as a server that is not written in Python."""

import json
from typing import Any, NoReturn


def read_json(raw: bytes) -> Any:
    """The value in `raw`; ValueError for what is no JSON, NaN and Infinity, half a surrogate pair, endless depth."""
    try:
        value = json.loads(raw, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if b"\\ud" in raw.lower():
        # Half a pair is a str in Python that no UTF-8 can hold: found here, it cannot break an answer later.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
