"""A bill: what was called, and what it comes to at list prices."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import yaml

from benchmarks import prices
from benchmarks.lab import ROOT, Invoked

WAITING = {"dynamodb": 0.006, "s3": 0.03, "sqs": 0.01, "stepfunctions": 0.03, "secretsmanager": 0.03, "events": 0.03}
WAITING |= {"lambda": 0.03}
"""Seconds that a call takes, as the function waits for it."""
READS = frozenset({"GetObject", "HeadObject"})


class Bill:
    """Calls by what is billed, and USD by service, of everything that is added."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.usd: Counter[str] = Counter()
        self._indexes: dict[tuple[str, ...], dict[str, Any]] = {}

    def add(self, done: Invoked, seconds: float, calls: Iterable[dict[str, Any]], provider: float = 0) -> None:
        """One invocation: the CPU it took, its calls to AWS, and how long it waited for its provider."""
        waiting = provider
        for call in calls:
            service, _, name = call["call"].partition(".")
            waiting += WAITING[service]
            getattr(self, f"_{service}")(name, call)
        billed = seconds * max(1, prices.VCPU_MEBI / done.memory) + waiting
        self._bill("Lambda GB-s", billed * done.memory / 1024, prices.LAMBDA_GB_SECOND)
        self._bill("Lambda invocations", 1, prices.LAMBDA_REQUEST)
        logged = done.log_bytes / len(done.cpu) + prices.LOG_BYTES_AN_INVOCATION
        self._bill("log kilobytes", logged / 1e3, prices.LOGS_GB / 1e6)

    def machine(self, shards: int) -> None:
        """The state machine's transitions: each of its states once, those of the map for every shard."""
        states = yaml.safe_load((ROOT / "statemachine/batch.asl.yaml").read_text())["States"]
        inner = states["Shards"]["ItemProcessor"]["States"]
        self.transitions(1 + len(states) + len(inner) * shards)

    def transitions(self, count: int) -> None:
        """Transitions of a Standard workflow."""
        self._bill("Step Functions transitions", count, prices.TRANSITION)

    def progress(self, times: int) -> None:
        """The poller's notes of how far a shard is: an item under 1 KB, and its copy in the index."""
        self._bill("DynamoDB write units", 2 * times, prices.WRITE_UNIT)

    def posted(self) -> None:
        """What is no function's: two calls of the HTTP API, and the upload itself."""
        self._bill("HTTP API calls", 2, prices.HTTP_API_REQUEST)
        self._bill("S3 PUT", 1, prices.S3_PUT)

    def _bill(self, what: str, amount: float, price: float) -> None:
        self.calls[what] += amount  # type: ignore[assignment]
        self.usd[what] += amount * price  # type: ignore[assignment]

    def _dynamodb(self, name: str, call: dict[str, Any]) -> None:
        if name in ("GetItem", "Query"):
            units = prices.read_units(call.get("bytes", 0), consistent=True)
            self._bill("DynamoDB read units", units, prices.READ_UNIT)
        elif name == "BatchGetItem":
            units = sum(prices.read_units(size, consistent=True) for size in call.get("reads", ()))
            self._bill("DynamoDB read units", units, prices.READ_UNIT)
        elif name == "TransactWriteItems":
            units = 2 * sum(map(prices.write_units, call["writes"]))
            self._bill("DynamoDB write units", units, prices.WRITE_UNIT)
        else:
            units = prices.write_units(call.get("bytes", 0)) * (1 + self._moved(call))
            self._bill("DynamoDB write units", units, prices.WRITE_UNIT)

    def _moved(self, call: dict[str, Any]) -> int:
        """Writes to the indexes: one where an item stays, comes or goes; two where its place changes."""
        before = self._indexes.get(tuple(call["key"]), {})
        now = self._indexes[tuple(call["key"])] = call.get("indexes", {})
        places = {name: {tuple(each[name]) for each in (before, now) if name in each} for name in before | now}
        return sum(map(len, places.values()))

    def _s3(self, name: str, _: dict[str, Any]) -> None:
        if name in READS:
            self._bill("S3 GET", 1, prices.S3_GET)
        else:
            self._bill("S3 PUT", 1, prices.S3_PUT)

    def _sqs(self, _: str, call: dict[str, Any]) -> None:
        self._bill("SQS requests", prices.sqs_requests(call["bytes"]), prices.SQS_REQUEST)

    def _lambda(self, *_: Any) -> None:
        """The function that is called has an invocation of its own."""

    def _stepfunctions(self, *_: Any) -> None:
        """Its calls are free: transitions are paid for."""

    def _events(self, *_: Any) -> None:
        self._bill("EventBridge events", 1, prices.EVENT)

    def _secretsmanager(self, *_: Any) -> None:
        self._bill("Secrets Manager calls", 1, prices.SECRET_CALL)
