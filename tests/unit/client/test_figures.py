"""Costs, budgets and statistics from the command line and from Python."""

import json
from pathlib import Path

import pytest

from fanfold_client import Fanfold, Refused
from fanfold_client.models import Waiting
from fanfold_command.columns.cells import dollars
from fanfold_command.printing import waiting_line
from tests.unit.client.conftest import Run, Terminal
from tests.unit.client.service import CREATED, Service


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "requests.jsonl"
    path.write_text('{"input": "a"}\n')
    return str(path)


class TestEstimate:
    def test_it_prints_a_line_for_each_model_and_makes_no_batch(self, service: Service, run: Run, file: str) -> None:
        ran = run("batch", "estimate", file, "--max-tokens", "9")
        assert ran.out == "o3\t3\t30\t60\t0.01\t0.2\t0.02\t0.4\tso\n"
        assert ran.err.splitlines() == [
            "fanfold: the price of 2 requests is not known",
            "fanfold: lines that would not be taken: 1",
            "fanfold: line 3: text: it is empty",
        ]
        assert (ran.code, service.bodies) == (0, {})

    def test_a_file_too_large_to_be_looked_at_is_planned_as_a_draft(
        self, service: Service, run: Run, file: str
    ) -> None:
        service.max_looked_at = 3
        ran = run("batch", "estimate", file)
        (body,) = service.bodies.values()
        assert body == {"upload": "0/requests.jsonl", "dry_run": True}
        assert "fanfold batch process b1" in ran.err
        assert len(service.objects) == 1

    def test_it_can_be_kept_as_a_draft_in_any_case(self, service: Service, run: Run, file: str) -> None:
        ran = run("batch", "estimate", file, "--draft", "--json", "id,estimate.requests")
        assert json.loads(ran.out) == {"id": "b1", "estimate.requests": 3}

    def test_what_can_not_be_planned_says_why(self, service: Service, fanfold: Fanfold, file: str) -> None:
        service.max_looked_at = 3
        service.batches["b1"] = {}
        service.states = ["failed"]
        original = service.batch
        service.batch = lambda id, state, **more: original(id, "failed", error="line 1 is none")  # type: ignore[method-assign]
        with pytest.raises(Refused, match="line 1 is none"):
            fanfold.batches.estimate(Path(file))

    def test_requests_are_estimated_from_python(self, fanfold: Fanfold) -> None:
        found = fanfold.batches.estimate([{"input": "a"}], model="o3")
        assert (found.estimate.lanes["batch"].most_usd, found.id) == (0.2, None)


class TestBudget:
    def test_a_batch_is_given_one(self, service: Service, run: Run, file: str) -> None:
        run("batch", "submit", file, "--budget", "2.5")
        assert [body["budget_usd"] for body in service.bodies.values()] == [2.5]
        assert run("batch", "submit", file, "--budget", "0").code == 2

    def test_it_is_set_and_shown(self, service: Service, run: Run) -> None:
        assert run("budget", "set", "--daily", "3").code == 0
        assert service.budget == {"daily_usd": 3.0, "monthly_usd": None}
        assert run("budget", "show").out == "daily_usd\t3.0\nmonthly_usd\t\ntoday_usd\t0.5\nmonth_usd\t7.0\n"


class TestStats:
    def test_the_whole_is_a_record(self, service: Service, run: Run) -> None:
        ran = run("stats", "--since", "2026-11-01", "--until", "2026-11-26")
        assert ran.out.startswith("jobs\t2\nrequests\t10\n")
        assert dict(service.calls[-1].url.params) == {"since": "2026-11-01", "until": "2026-11-26"}

    def test_groups_are_rows(self, run: Run) -> None:
        assert run("stats", "--by", "model").out == "o3\t2\t10\t0\t1.23456\t\t0\t0\t0.25\t0\t0\n"

    def test_a_terminal_sees_three_digits(self, run: Run, terminal: Terminal) -> None:
        with terminal.shown():
            run("stats")
        assert "p50_seconds  1.23\n" in terminal.text

    def test_json_has_everything(self, run: Run) -> None:
        assert json.loads(run("stats", "--by", "model", "--json", "total.jobs").out) == {"total.jobs": 2}
        assert json.loads(run("stats", "live", "--json", "in_flight").out) == {"in_flight": 4}

    def test_what_is_under_way_is_listed(self, run: Run) -> None:
        assert run("stats", "live").out == "b1\trunning\t\t9\t0\t0\t4\t5\t0\t\t\t\n"

    def test_a_wrong_day_is_refused(self, run: Run) -> None:
        assert run("stats", "--since", "yesterday").code == 2


def test_a_batch_shows_its_cost(service: Service, run: Run) -> None:
    cost = {"spent_usd": 0.25, "list_usd": 0.5, "saved_usd": 0.25, "unpriced_requests": 0}
    service.batch(cost=cost, budget_usd=1.0, note="2 requests were not sent")
    lines = dict(line.split("\t") for line in run("batch", "status", "b1").out.splitlines())
    assert (lines["spent_usd"], lines["saved_usd"], lines["budget_usd"]) == ("0.25", "0.25", "1.0")
    assert lines["note"] == "2 requests were not sent"


def test_a_batch_shows_what_it_waits_for(service: Service, run: Run) -> None:
    told = {"reason": "provider_quota", "since": CREATED, "next_try": CREATED, "said": "pay your bill"}
    service.batch(waiting_for=[told], notes=["one", "two"], finish_reasons={"stop": 1, "length": 1200})
    lines = dict(line.split("\t") for line in run("batch", "status", "b1").out.splitlines())
    assert (lines["waiting_for"], lines["notes"]) == ("provider_quota", "one; two")
    assert lines["finish_reasons"] == "stop 1, length 1,200"
    line = waiting_line(Waiting.model_validate(told))
    assert line.startswith("provider quota, for ")
    assert line.endswith("being tried again: pay your bill")


@pytest.mark.parametrize(
    ("amount", "shown"), [(None, "not known"), (0.000123456, "0.000123"), (1.23456, "1.23"), (1234.567, "1,234.57")]
)
def test_money_is_shown_to_three_digits(amount: float | None, shown: str) -> None:
    assert dollars(amount) == shown


def test_defaults_are_set_and_shown(service: Service, run: Run) -> None:
    run("defaults", "set", "--model", "o3", "--tag", "mails", "--set", "collapse=true")
    assert service.defaults == {"model": "o3", "tags": ["mails"], "collapse": True}
    assert json.loads(run("defaults", "show").out)["model"] == "o3"
    assert json.loads(run("defaults", "show", "--json", "model,collapse").out) == {"model": "o3", "collapse": True}


def test_models_are_listed_with_their_prices(run: Run) -> None:
    ran = run("providers")
    assert ran.out == "openai\tTrue\to3\tbatch\t2.5\t1.25\t10.0\ngemini\tFalse\t\t\t\t\t\n"
    assert run("providers", "--provider", "gemini", "--json", "provider,enabled").out.count("gemini") == 1
