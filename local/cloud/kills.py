"""Workers killed at chosen points: right before, or right after, a call of theirs to the cloud.

A rule names a function and a call; the worker that makes the call gets SIGKILL, as a lost machine would end it.
With `before` the cloud never sees the call; with `after` it is done and its answer is lost. Calls are written
`UpdateItem`, `SendMessage`, `SendTaskSuccess` and, for S3, `PUT /bucket/key`. With `refuse` nobody is killed: a
`share` of the calls of TransactWriteItems is cancelled, as under throttling, and counted.

    POST /_fanfold/kills {"function": "Submit", "call": "UpdateItem", "when": "after", "skip": 1}
    GET  /_fanfold/kills    the rules, each with how many workers it killed
    DELETE /_fanfold/kills  forget all rules
"""

import json
import os
import re
import signal
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from local.cloud.process import Worker
from local.cloud.seam import replace

PATH = "/_fanfold/kills"
_CALLER = re.compile(r"\bapp/(worker-\d+)")


@dataclass
class Rule:
    """Kill the workers of functions whose name contains `function` at calls in which the pattern `call` is found.

    The first `skip` matching calls are let through; then `times` workers are killed, each at a `share` of the calls.
    """

    function: str
    call: str
    when: str = "before"
    skip: int = 0
    times: int = 1
    share: float = 1
    killed: list[int] = field(default_factory=list)

    def strikes(self, worker: Worker, call: str) -> bool:
        if self.function not in worker.function.name or len(self.killed) >= self.times:
            return False
        if not re.search(self.call, call):
            return False
        self.skip -= 1
        return self.skip < 0 and (self.share >= 1 or _chance.random() < self.share)


_rules: list[Rule] = []
_chance = Random(1)
THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "message": "Transaction cancelled, please refer cancellation reasons for specific reasons [ThrottlingError]",
    "CancellationReasons": [{"Code": "ThrottlingError", "Message": "Throughput exceeds the current capacity"}],
}


def install() -> None:
    from ministack import app

    replace(app, "app", "scope receive send", _watched)


def _watched(original: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await original(scope, receive, send)
        elif scope["path"] == PATH:
            await _administer(scope["method"], receive, send)
        elif struck := _struck(scope):
            await _kill(*struck, original, scope, receive, send)
        else:
            await original(scope, receive, send)

    return app


def _struck(scope: Scope) -> tuple[Rule, Worker] | None:
    """The rule that this call meets, if a worker makes it: each signs its calls with an id of its own."""
    if not _rules:
        return None
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    caller = _CALLER.search(headers.get("user-agent", ""))
    worker = Worker.by_id.get(caller[1]) if caller else None
    if worker is None:
        return None
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    call = target or f"{scope['method']} {scope['path']}"
    return next(((rule, worker) for rule in _rules if rule.strikes(worker, call)), None)


async def _kill(rule: Rule, worker: Worker, original: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    if rule.when == "after":
        await original(scope, receive, nobody)
    rule.killed.append(worker.pid)
    if rule.when == "refuse":
        await _answer(send, 400, THROTTLED)
        return
    os.kill(worker.pid, signal.SIGKILL)


async def nobody(message: Any) -> None:
    """Where the answer goes when whoever asked is dead."""


async def _administer(method: str, receive: Receive, send: Send) -> None:
    if method == "POST":
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        _rules.append(Rule(**json.loads(body)))
    elif method == "DELETE":
        _rules.clear()
    await _answer(send, 200, [asdict(rule) for rule in _rules])


async def _answer(send: Send, status: int, body: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
