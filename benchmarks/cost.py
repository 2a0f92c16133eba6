"""What a request costs in the batch lane: calls that were counted, and the dollars that follow from list prices.

A batch goes through every step once, each in a fresh process, so all of them pay for a cold start. Calls are counted
at boto3's clients, items and messages measured as they are billed. Lambda's time is the CPU that was measured, as
fast as the function's memory makes it, and the waiting of its calls. The batch is at its provider for `ROUNDS`
minutes; the poller looks at all that are open each minute, and a million requests are so many batches at a time.
"""

import math
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bill import Bill
from benchmarks.lab import Invoked, Lab
from benchmarks.splitting import WORDS
from benchmarks.story import Story
from fanfold.batches.poll import STEPS, WIDTH
from tools.measure import Bar

PROMPT = (WORDS * 50)[:2000]
ROUNDS = 60
"""Minutes that a batch takes at its provider."""
BUDGET = 0.10
"""DESIGN.md: USD per million requests."""
CALL = 0.3
"""Seconds that a call to the provider takes."""
TRANSFER = 40e6
"""Bytes a second to and from S3 and the provider."""


def bars(lab: Lab, scratch: Path, requests: int) -> Iterator[Bar]:
    """Counted calls per 100 requests, CPU per request, dollars per million."""
    story, looks = _lived(lab, scratch, requests)
    bill = _bill(story, looks, requests)
    for what in sorted(bill.calls):
        amount, usd = bill.calls[what] / requests * 100, bill.usd[what] / requests * 1e6
        yield Bar(f"batch lane: {what} per 100 requests", f"{amount:.3f}  ({usd:.4f} USD per million)")
    cpu = sum(sum(each.cpu) for each in story.told)
    yield Bar("batch lane: handler CPU per request", f"{cpu / requests * 1e6:.0f} µs")
    total = sum(bill.usd.values()) / requests * 1e6
    yield Bar("batch lane: USD per million requests", f"{total:.3f}", f"≤ {BUDGET:.2f}", total <= BUDGET)


def _bill(story: Story, looks: Invoked, requests: int) -> Bill:
    """Everything once, and the poller's round as often as there are minutes."""
    bill, moved = Bill(), _moved(story, requests)
    for each in story.told:
        bill.add(each, each.init + sum(each.cpu), each.calls, moved.get(each.function, 0))
    first = [n for n, call in enumerate(looks.calls) if call["call"] == "dynamodb.Query"]
    for _ in range(ROUNDS):
        bill.add(looks, looks.cpu[-1], looks.calls[first[-1] :], math.ceil(story.shards / WIDTH) * CALL)
    bill.progress(story.shards * min(ROUNDS, STEPS))
    bill.machine(story.shards)
    bill.posted()
    return bill


def _moved(story: Story, requests: int) -> dict[str, float]:
    """Seconds that each function waits for the provider, a shard's worth: calls, and the files that pass."""
    size = requests / story.shards * len(PROMPT) / TRANSFER
    return {
        "batches/plan": requests * 2 * len(PROMPT) / TRANSFER,
        "batches/submit": 2 * CALL + 2 * size,
        "batches/poll": CALL * math.ceil(story.shards / WIDTH),
        "batches/collect": 2 * CALL + 3 * size,
        "batches/finish": requests * 2 * len(PROMPT) / TRANSFER,
    }


def _lived(lab: Lab, scratch: Path, requests: int) -> tuple[Story, Invoked]:
    """A batch's whole life, and the poller's looks at it while nothing happened."""
    file, story = scratch / "prompts.jsonl", Story(lab, "cost")
    with file.open("w") as out:
        out.writelines(f'{{"custom_id": "request-{n:06d}", "input": "{n} {PROMPT}"}}\n' for n in range(requests))
    story.tell("accounts/authorize")
    story.post(upload=story.upload(file))
    story.tell("batches/start")
    story.lane(rounds=4)
    [looks] = [each for each in story.told if len(each.cpu) > 1]
    story.told.remove(looks)
    return story, looks
