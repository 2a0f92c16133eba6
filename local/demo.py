"""`make demo`: the main job, end to end, on real texts and through every way in.

A file of prompts, some of its lines spoilt, is uploaded for OpenAI; a small batch goes inline to Anthropic, its
answers held to a JSON Schema; a CSV is dropped into the bucket for Gemini; an execution is started as from the Step
Functions console. Two portfolios of over 200 series are forecast beside them, and a writing session learns from a PDF
and writes 600 words. The last line is `demo: ok` only if every count adds up.
"""

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from fanfold_client import Batch, Fanfold
from local import corpus
from local.demo_writing import write
from local.forecasting import Portfolios
from local.stack import LocalStack

BY_FILE, INLINE, DROPPED, CONSOLE = 1200, 20, 30, 5
TENANT = "demo"
MINUTE_SECONDS = 10
"""What a minute of the poller's schedule takes here."""
OPTIONS = {"provider": "gemini", "max_tokens": 60, "name": "dropped"}
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "language": {"enum": ["en", "it"]}},
    "required": ["answer", "language"],
    "additionalProperties": False,
}


class Expected(NamedTuple):
    """What a batch must come to."""

    succeeded: int
    failed: int = 0
    rejected: int = 0


class Run(NamedTuple):
    """A batch of the demo: how it came in, what it must come to, when it was handed in."""

    way: str
    id: str
    expected: Expected
    began: float


def demo() -> int:
    """Run everything; 0 if every count adds up."""
    console, began = _console(), time.monotonic()
    with TemporaryDirectory(prefix="fanfold-demo-") as scratch:
        with LocalStack(None, Path(scratch), minute_seconds=MINUTE_SECONDS) as stack:
            console.print(f"Fanfold is up at {stack.url}, its provider is {stack.provider_url}")
            console.print(f"({time.monotonic() - began:.1f} s; a minute of the poller takes {MINUTE_SECONDS} s here)")
            with Fanfold(stack.url, stack.issue_key(TENANT)) as fanfold:
                wrong = _main_job(stack, fanfold, Path(scratch), console)
        console.print(f"everything is stopped after {time.monotonic() - began:.1f} s")
    console.print("demo: ok" if not wrong else "demo: failed: " + "; ".join(wrong))
    return 1 if wrong else 0


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=140)


def _main_job(stack: LocalStack, fanfold: Fanfold, scratch: Path, console: Console) -> list[str]:
    portfolios = Portfolios(fanfold, scratch)
    runs = [_by_file(fanfold, scratch), _inline(fanfold), _dropped(stack, fanfold), _by_console(stack, fanfold)]
    wrong = write(fanfold, scratch, console)
    done = [(run, fanfold.batches.wait(run.id), time.monotonic() - run.began) for run in runs]
    console.print(_summary(done))
    _show_trouble(fanfold, done[0][1], console)
    _show_answers(fanfold, done[0][1], console)
    faults = [fault for run, batch, _ in done for fault in _faults(run, batch, fanfold)]
    return [*wrong, *faults, *portfolios.shown(console)]


def _by_file(fanfold: Fanfold, scratch: Path) -> Run:
    good = [json.dumps(request) for request in corpus.requests(BY_FILE)]
    refused = [json.dumps(request) for request in corpus.refused()]
    middle = len(good) // 2
    lines = [*good[:middle], *corpus.malformed(), *refused, *good[middle:]]
    file = scratch / "packages.jsonl"
    file.write_text("\n".join(lines) + "\n")
    expected = Expected(len(good), failed=len(refused), rejected=len(corpus.malformed()))
    began = time.monotonic()
    return Run("uploaded file", fanfold.batches.create(file, name="packages").id, expected, began)


def _inline(fanfold: Fanfold) -> Run:
    began = time.monotonic()
    options: dict[str, Any] = {"name": "inline", "provider": "anthropic", "response_schema": SCHEMA}
    batch = fanfold.batches.create(corpus.requests(INLINE), idempotency_key="demo-inline", **options)
    return Run("inline", batch.id, Expected(INLINE), began)


def _dropped(stack: LocalStack, fanfold: Fanfold) -> Run:
    text = io.StringIO()
    rows = csv.DictWriter(text, ["custom_id", "input"])
    rows.writeheader()
    rows.writerows(corpus.requests(DROPPED))
    began, key = time.monotonic(), f"inbox/{TENANT}/batches/packages.csv"
    for name, body in ((f"{key}.options.json", json.dumps(OPTIONS)), (key, text.getvalue())):
        stack.cloud.client("s3").put_object(Bucket=stack.cloud.outputs["BucketName"], Key=name, Body=body.encode())
    return Run("dropped file", _named(fanfold, "dropped"), Expected(DROPPED), began)


def _by_console(stack: LocalStack, fanfold: Fanfold) -> Run:
    began = time.monotonic()
    body = {"tenant": TENANT, "name": "console", "requests": corpus.requests(CONSOLE)}
    machine = stack.cloud.outputs["BatchMachineArn"]
    stack.cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(body))
    return Run("console execution", _named(fanfold, "console"), Expected(CONSOLE), began)


def _named(fanfold: Fanfold, name: str, patience: float = 600) -> str:
    """The id of the batch of that name, once there is one."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        for batch in fanfold.batches.list():
            if batch.name == name:
                return batch.id
        time.sleep(0.5)
    raise TimeoutError(f"no batch named {name!r} came up")


def _summary(done: list[tuple[Run, Batch, float]]) -> Table:
    table = Table(
        "way in", "provider", "batch", "state", "requests", "ok", "failed", "rejected", "tokens in", "out", "seconds"
    )
    for run, batch, seconds in done:
        progress = batch.progress
        figures = (progress.total, progress.succeeded, progress.failed, batch.rejected)
        tokens = (batch.tokens.input, batch.tokens.output)
        table.add_row(
            run.way,
            batch.provider,
            batch.id,
            batch.state,
            *(f"{each:,}" for each in (*figures, *tokens)),
            f"{seconds:.1f}",
        )
    return table


def _show_trouble(fanfold: Fanfold, batch: Batch, console: Console) -> None:
    table = Table("where", "what", "why", title="Not taken, or refused by the provider; all the others went through")
    for flaw in fanfold.batches.rejected(batch.id):
        table.add_row(f"line {flaw['line']}", flaw.get("field", "the line"), flaw["detail"])
    for result in fanfold.batches.iter_results(batch.id):
        if error := result.get("error"):
            table.add_row(result["custom_id"], error["kind"], error["message"])
    console.print(table)


def _show_answers(fanfold: Fanfold, batch: Batch, console: Console) -> None:
    table = Table("custom_id", "asked", "answered", title="A few answers")
    for wanted in corpus.requests(6):
        found = fanfold.batches.request(batch.id, wanted["custom_id"])
        table.add_row(wanted["custom_id"], wanted["input"].split("\n\n")[-1][:60], (found.result or {})["output"][:70])
    console.print(table)


def _faults(run: Run, batch: Batch, fanfold: Fanfold) -> Iterator[str]:
    """Where a batch is not what it must be: its counts, or its results."""
    if batch.state != "completed":
        yield f"{run.way}: {batch.state}: {batch.error}"
        return
    found = Expected(batch.progress.succeeded, batch.progress.failed, batch.rejected)
    if found != run.expected:
        yield f"{run.way}: {found} instead of {run.expected}"
    results: list[dict[str, Any]] = list(fanfold.batches.iter_results(batch.id))
    distinct = {result["custom_id"] for result in results}
    if not len(results) == len(distinct) == run.expected.succeeded + run.expected.failed:
        yield f"{run.way}: {len(results)} results of {len(distinct)} requests"
