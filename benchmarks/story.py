"""The story that the golden events tell, in a lab: a batch from its posting to its end, step by step."""

import json
import time
from pathlib import Path
from typing import Any

from benchmarks.lab import Invoked, Lab, golden
from fanfold.jobs.identity import job_id
from local.webhooks import WEBHOOK_SECRET, signed

TENANT = "acme"
GOLDEN = golden("batches/finish")["job"]
"""The job of the golden events."""
GOLDEN_FORECAST = golden("forecasts/gather")["job"]
DROP = "inbox/acme/batches/topics of packages.csv"
ROWS = b"custom_id,input\na,What is a queue?\n"


class Story:
    """One batch, named by its idempotency key; `told` has every invocation."""

    def __init__(self, lab: Lab, key: str) -> None:
        self._lab, self._key = lab, key
        self.job = job_id("batch", TENANT, key)
        self.told: list[Invoked] = []

    def post(self, **body: Any) -> None:
        """Post the golden batch with another body, or other options."""
        event = golden("batches/api")
        event["headers"]["idempotency-key"] = self._key
        given = json.loads(event["body"])
        if "upload" in body:
            del given["requests"]
        event["body"] = json.dumps(given | body)
        self.tell("batches/api", event)

    def upload(self, file: Path) -> str:
        """The name of a file that was uploaded."""
        name = f"{self._key}/{file.name}"
        self._lab.put(f"uploads/{TENANT}/{name}", file)
        return name

    def tell(self, step: str, event: dict[str, Any] | None = None, times: int = 1, expected: str = "") -> Invoked:
        """Invoke a step with its golden event, about this story's job. An error of the `expected` name is an answer."""
        text = json.dumps(event or golden(step)).replace(GOLDEN, self.job)
        self.told.append(self._lab.invoke(step, json.loads(text), times, expected=expected))
        return self.told[-1]

    def lane(self, rounds: int = 1) -> None:
        """Plan the batch, and see every shard through; `rounds` of the poller go by while all are open."""
        for shard in self.tell("batches/plan").answer["shards"]:
            self.tell("batches/submit", golden("batches/submit") | {"shard": shard})
        if rounds > 1:
            self.tell("batches/poll", times=rounds - 1)
        while self.tell("batches/poll").answer["ended"] < self.shards:
            self.told.pop()
            time.sleep(0.5)
        for shard in range(self.shards):
            self.tell("batches/collect", golden("batches/collect") | {"shard": shard})
        self.tell("batches/finish")

    def forecast(self) -> None:
        """A forecast of its own, from its posting to its exports."""
        job, key = job_id("forecast", TENANT, self._key), golden("forecasts/api")["headers"]["idempotency-key"]
        for step in ("forecasts/api", "forecasts/plan", "forecasts/fit", "forecasts/gather"):
            text = json.dumps(golden(step)).replace(GOLDEN_FORECAST, job).replace(f'"{key}"', json.dumps(self._key))
            self.tell(step, json.loads(text))

    def writing(self) -> None:
        """A session; its steps are told of jobs that are gone, since the deployed stack would take real ones."""
        self.tell("writing/api")
        for step in ("writing/train", "writing/write"):
            self.told.append(self._lab.invoke(step, expected="NotFound"))

    @property
    def shards(self) -> int:
        """How many batches it is at its provider."""
        return sum(each.function == "batches/submit" for each in self.told)

    def aside(self) -> None:
        """The functions that a batch may go without."""
        self._lab.put(DROP, ROWS)
        for step in ("batches/take_drop", "jobs/halt", "jobs/sweep"):
            self.tell(step)
        self.tell("batches/provider_webhook", _event())
        self.tell("batches/prepare", golden("batches/prepare") | {"finished_at": self._finished_at()})
        self.tell("batches/api", self._deletion())
        self.tell("batches/remove")

    def _finished_at(self) -> str:
        key = {"pk": {"S": f"T#{TENANT}#J#{self.job}"}, "sk": {"S": "META"}}
        table = self._lab.stack.cloud.outputs["TableName"]
        item = self._lab.stack.cloud.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
        return str(item["finished_at"]["S"])

    def _deletion(self) -> dict[str, Any]:
        event, path = golden("batches/api"), f"/v1/batches/{self.job}"
        event |= {"routeKey": "DELETE /v1/batches/{job}", "rawPath": path, "pathParameters": {"job": self.job}}
        event["requestContext"]["http"] |= {"method": "DELETE", "path": path}
        del event["body"]
        return event


def _event() -> dict[str, Any]:
    """The golden event of a provider, signed now."""
    event = golden("batches/provider_webhook")
    event["headers"] |= signed(event["body"].encode(), WEBHOOK_SECRET)
    return event
