"""Writes `client/fanfold_client/sync/` of `aio/`: the same calls, waited for on the spot.

The asynchronous client is written by hand and the other one made of it, so that neither can do what the other can't.

make client
"""

import re
from pathlib import Path

from tools.formatting import formatted

CLIENT = Path(__file__).parents[1] / "client" / "fanfold_client"
ASYNCHRONOUS, SYNCHRONOUS = CLIENT / "aio", CLIENT / "sync"
HEAD = "# Made by `make client` of aio/{file}: do not edit.\n"
AWAITED = re.compile(r"Awaitable\[([^\[\]]*(?:\[[^\[\]]*\])?)\]")
WORDS = (
    (r"\(KeyboardInterrupt, asyncio\.CancelledError\)", "KeyboardInterrupt"),
    (r"asyncio\.sleep", "time.sleep"),
    (r"import asyncio\n", "import time\n"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"anext\(aiter\((\w+)\)", r"next(\1"),
    (r"__aenter__", "__enter__"),
    (r"__aexit__", "__exit__"),
    (r"\baclose\b", "close"),
    (r"\baread\b", "read"),
    (r"\baiter_raw\b", "iter_raw"),
    (r"\bfanfold_client\.aio\b", "fanfold_client.sync"),
    (r"\bAsync(?=[A-Z])", ""),
)


def synchronous(text: str, file: str) -> str:
    """The module without waiting for anything."""
    made = AWAITED.sub(r"\1", text)
    for asked, said in WORDS:
        made = re.sub(asked, said, made)
    return formatted(HEAD.format(file=file) + made)


def files() -> dict[str, str]:
    """All files of the folder, by name."""
    return {path.name: synchronous(path.read_text("utf-8"), path.name) for path in sorted(ASYNCHRONOUS.glob("*.py"))}


if __name__ == "__main__":
    for file, text in files().items():
        (SYNCHRONOUS / file).write_text(text, encoding="utf-8")
