# mypy: disable-error-code="misc,untyped-decorator"
"""Load on the accept paths: batches, forecasts, log entries, uploads and lists, as users with one key send them.

It runs against this machine alone, with a bounded number of users for a bounded time:

    make up                                  # in another terminal; it says URL and key
    python3 -m venv /tmp/locust && /tmp/locust/bin/pip install 'locust==2.47.*'
    FANFOLD_KEY=ff_… LOAD_USERS=10 LOAD_SECONDS=60 \
        /tmp/locust/bin/locust -f benchmarks/load/locustfile.py --headless --host http://127.0.0.1:8000
"""

import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from locust import HttpUser, LoadTestShape, between, events, task
from locust.env import Environment

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.load.bounds import Bounds, bounds, checked

BOUNDS = bounds(os.environ)
MONTHS = [f"2025-{month:02d}-01" for month in range(1, 13)]
SERIES = [{"name": f"s{number}", "values": list(range(12)), "dates": MONTHS} for number in range(5)]


@events.test_start.add_listener
def refuse_others(environment: Environment, **_: Any) -> None:
    checked(environment.host)


class Ramp(LoadTestShape):
    """All users within a tenth of the time, then steady, then the end."""

    bounds: Bounds = BOUNDS

    def tick(self) -> tuple[int, float] | None:
        if self.get_run_time() > self.bounds.seconds:
            return None
        return self.bounds.users, max(1.0, 10 * self.bounds.users / self.bounds.seconds)


class Caller(HttpUser):
    """Somebody with a key, who sends something about twice a second."""

    wait_time = between(0.2, 0.8)

    def on_start(self) -> None:
        self.client.headers["Authorization"] = f"Bearer {os.environ['FANFOLD_KEY']}"

    @task(5)
    def post_entries(self) -> None:
        entries = [{"message": f"load {number}", "stream": "load"} for number in range(20)]
        self._post("/v1/logs", {"entries": entries})

    @task(3)
    def create_batch(self) -> None:
        requests = [{"input": f"load {number}"} for number in range(10)]
        self._post("/v1/batches", {"requests": requests, "name": "load", "draft": True})

    @task(2)
    def estimate_batch(self) -> None:
        self._post("/v1/batches/estimate", {"requests": [{"input": "load"}] * 10})

    @task(1)
    def create_forecast(self) -> None:
        self._post("/v1/forecasts", {"series": SERIES, "horizon": 2, "models_to_try": 1, "name": "load"})

    @task(2)
    def ask_for_an_upload(self) -> None:
        self._post("/v1/uploads", {"filename": "load.jsonl"})

    @task(4)
    def list_batches(self) -> None:
        self.client.get("/v1/batches", params={"limit": 10})

    def _post(self, path: str, body: dict[str, Any]) -> None:
        with self.client.post(path, json=body, headers={"Idempotency-Key": uuid4().hex}, catch_response=True) as answer:
            if answer.status_code == 429:
                answer.success()  # turned away politely is an answer
