"""A deployment is upgraded from the release before while jobs of every kind are under way, and goes back: nothing is
lost."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fanfold_client import OVER, Fanfold
from local.stack import TEMPLATE, LocalStack
from tests.waiting import until
from tools.portfolio import series

pytestmark = pytest.mark.wide
ROOT = TEMPLATE.parent
FIRST = "597fd98edff985031c137040a68f5aa02118f769"
"""The commit that is upgraded from while there is no tag: it knows no versions of messages and no aliases."""
DEPLOYED = ("template.yaml", "functions", "layers", "statemachine")
REQUESTS, SERIES = 1000, 300
SETTINGS = {
    "accept_grace_seconds": 5,
    "chunk_series": 20,
    "webhook_hosts": None,  # the release before does not know it
    "rate_limits": {"openai": {"requests": 3000, "tokens": 1_000_000_000}},
}


class UnderWay(NamedTuple):
    """One job of each kind."""

    batch: str
    forecast: str
    writing: str


def test_jobs_end_whole_when_the_stack_is_upgraded_under_them_and_goes_back(tmp_path: Path) -> None:
    before = release_before(tmp_path / "before")
    stack = LocalStack(
        None, tmp_path, environ={}, minute_seconds=5, settings=SETTINGS, parameters={"ForecastConcurrency": "2"}
    )
    stack.cloud.template = before
    with stack, Fanfold(stack.url, stack.issue_key("acme")) as fanfold:
        session = trained(fanfold)
        every: list[UnderWay] = []
        for template in (TEMPLATE, before):
            jobs = begun(fanfold, session, len(every))
            in_the_middle(fanfold, jobs)
            stack.cloud.template = template
            stack.cloud.deploy()
            whole(fanfold, jobs)
            every.append(jobs)
        for jobs in every:
            whole(fanfold, jobs)


def release_before(folder: Path) -> Path:
    """The template of the last tag, or of the commit that is upgraded from, with its code beside it."""
    tagged = _git("describe", "--tags", "--abbrev=0", "HEAD~1")
    commit = tagged.stdout.decode().strip() or FIRST
    archive = _git("archive", commit, *DEPLOYED)
    if archive.returncode and _git("rev-parse", "--is-shallow-repository").stdout.strip() != b"false":
        pytest.skip(f"this clone does not have {commit}: {archive.stderr.decode().strip()}")
    assert archive.returncode == 0, archive.stderr
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder / "template.yaml"


def _git(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(ROOT), *command], capture_output=True, check=False)


def trained(fanfold: Fanfold) -> str:
    session = fanfold.sessions.create(name="style")
    job = fanfold.sessions.train(session.id, "Packages that do one thing well outlive large ones. " * 40, "text")
    assert fanfold.jobs.wait(job.id).state == "completed"
    return session.id


def begun(fanfold: Fanfold, session: str, number: int) -> UnderWay:
    asked = [{"custom_id": f"r{each}", "input": f"Question {each}"} for each in range(REQUESTS)]
    batch = fanfold.batches.create(asked, model="gpt-5.4-nano", mode="realtime", name=f"batch {number}")
    portfolio = list(series(SERIES))
    forecast = fanfold.forecasts.create(portfolio, horizon=3, models_to_try=2, name=f"forecast {number}")
    return UnderWay(batch.id, forecast.id, fanfold.sessions.generate(session, f"Topic {number}", 2000).id)


def in_the_middle(fanfold: Fanfold, jobs: UnderWay) -> None:
    """Wait until some of the requests are answered and some series forecast, and nothing is over."""
    until(lambda: fanfold.batches.get(jobs.batch).progress.done)
    until(lambda: fanfold.forecasts.get(jobs.forecast).progress.done)
    for state in states(fanfold, jobs):
        assert state not in OVER


def states(fanfold: Fanfold, jobs: UnderWay) -> list[str]:
    looks: list[Callable[[], Any]] = [
        lambda: fanfold.batches.get(jobs.batch),
        lambda: fanfold.forecasts.get(jobs.forecast),
        lambda: fanfold.jobs.get(jobs.writing),
    ]
    return [look().state for look in looks]


def whole(fanfold: Fanfold, jobs: UnderWay) -> None:
    """Everything that was asked for is there once it has ended."""
    until(lambda: all(state in OVER for state in states(fanfold, jobs)))
    assert states(fanfold, jobs) == ["completed"] * 3
    answers = list(fanfold.batches.iter_results(jobs.batch))
    assert sorted(each["custom_id"] for each in answers) == sorted(f"r{each}" for each in range(REQUESTS))
    assert all(each.get("error") is None for each in answers)
    assert fanfold.forecasts.get(jobs.forecast).progress.succeeded == SERIES
    assert fanfold.jobs.result(jobs.writing, "markdown")
