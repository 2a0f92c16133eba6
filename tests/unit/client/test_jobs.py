"""`fanfold jobs` and `fanfold open`."""

import json
import webbrowser

import pytest

from fanfold_client.profiles import Profile, config_path, write
from tests.unit.client.conftest import Run, Terminal
from tests.unit.client.service import API, CREATED, KEY, Service

WRITING = {"id": "w1", "task": "write", "state": "generating", "title": "Boats", "percent": 40, "created_at": CREATED}


@pytest.fixture
def service(service: Service) -> Service:
    """A batch that is over; as a forecast it is shown, too."""
    service.batch("b2", "running", created_at="2026-11-22T11:00:00.000Z")
    service.batch("b1", "completed", name="mails")
    service.rows = [WRITING]
    return service


def rows(out: str) -> list[list[str]]:
    return [line.split("\t")[:4] for line in out.splitlines()]


def test_jobs_of_all_kinds_are_listed_the_newest_first(run: Run) -> None:
    found = rows(run("jobs").out)
    assert found[0] == ["b2", "batch", "running", ""]
    assert sorted(found[1:]) == [
        ["b1", "batch", "completed", "mails"],
        ["b1", "forecast", "completed", ""],
        ["b2", "forecast", "running", ""],
        ["w1", "write", "generating", "Boats"],
    ]
    assert len(rows(run("jobs", "--limit", "2").out)) == 2


def test_what_runs_now(run: Run) -> None:
    assert {row[0] for row in rows(run("jobs", "--running").out)} == {"b2", "w1"}
    assert rows(run("jobs", "--running", "--kind", "writing").out) == [["w1", "write", "generating", "Boats"]]
    assert json.loads(run("jobs", "--kind", "writing", "--json", "id,percent").out) == [{"id": "w1", "percent": 40}]


def test_watching_tells_each_change_until_ctrl_c(run: Run, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            raise KeyboardInterrupt
        service.batches["b2"]["state"] = "completed"

    monkeypatch.setattr("time.sleep", sleep)
    ran = run("jobs", "--watch", "--kind", "batch")
    assert [row[:3] for row in rows(ran.out)] == [
        ["b1", "batch", "completed"],
        ["b2", "batch", "running"],
        ["b2", "batch", "completed"],
    ]
    assert ran.code == 130


def test_a_watch_has_no_json(run: Run) -> None:
    assert run("jobs", "--watch", "--json").code == 2


class TestOpen:
    def test_the_link_signs_in(self, run: Run, environ: dict[str, str]) -> None:
        assert run("open", "--page", "https://page.test/").out == f"https://page.test/#key={KEY}\n"
        write(config_path(environ), "work", Profile(url=API, key="ff_a b", page="https://other.test"))
        assert run("--profile", "work", "open").out == "https://other.test/#key=ff_a%20b\n"

    def test_a_page_that_is_not_known_is_asked_for(self, run: Run) -> None:
        ran = run("open")
        assert (ran.code, "fanfold login --page" in ran.err) == (2, True)

    def test_a_terminal_gets_a_browser(self, run: Run, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        opened: list[str] = []

        def first(link: str) -> bool:
            opened.append(link)
            return len(opened) == 1

        monkeypatch.setattr(webbrowser, "open", first)
        with terminal.shown():
            run("open", "--page", "https://page.test")
            run("open", "--page", "https://page.test")
        assert opened == [f"https://page.test/#key={KEY}"] * 2
        assert terminal.text.count("#key=") == 1
