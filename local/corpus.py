"""Real texts that every machine has: what the installed Python packages say of themselves, turned into prompts."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, distributions
from itertools import islice
from typing import Any

TASKS = {
    "topic": "Which topic is this package about? Answer with one word.",
    "italian": "Say it in one sentence in Italian.",
}
LONGEST = 600
_HELLO = {"role": "user", "content": "Hello"}


def requests(count: int) -> list[dict[str, Any]]:
    """`count` requests with custom_ids, over the packages of this environment; the same every time."""
    return list(islice(_requests(), count))


def refused() -> list[dict[str, Any]]:
    """Requests that are well made for us, and that the provider refuses."""
    return [
        {"custom_id": "refused-no-messages", "body": {"messages": []}},
        {"custom_id": "refused-no-tokens", "body": {"messages": [_HELLO], "max_completion_tokens": -1}},
    ]


def malformed() -> list[str]:
    """Lines that are none: cut short, of an unknown field, of a custom_id that came before."""
    first = requests(1)[0]["custom_id"]
    return ['{"input": "cut sho', '{"inptu": "misspelt"}', json.dumps({"custom_id": first, "input": "again"})]


def _requests() -> Iterator[dict[str, Any]]:
    passages = _all_passages()
    for number in range(max(len(each) for _, each in passages)):
        for name, texts in passages:
            for task, question in TASKS.items():
                if number < len(texts):
                    prompt = f"{question}\n\n{name}: {texts[number]}"
                    yield {"custom_id": f"{name}-{number}-{task}", "input": prompt}


@cache
def _all_passages() -> list[tuple[str, list[str]]]:
    """By package; to read them takes half a second."""
    packages = sorted(distributions(), key=lambda package: package.name.lower())
    return [(package.name, list(_passages(package))) for package in packages]


def _passages(package: Distribution) -> Iterator[str]:
    """The summary, then the description's paragraphs that are prose."""
    if summary := package.metadata["Summary"]:
        yield summary
    for paragraph in re.split(r"\n\s*\n", str(package.metadata.json.get("description") or "")):
        text = " ".join(paragraph.split())
        if len(text) > 80 and re.match(r"[A-Z][a-z]", text):
            yield text[:LONGEST]
