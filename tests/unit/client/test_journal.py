"""The logging handler, and following the journal."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from fanfold_client import Fanfold, JournalHandler, LogEntry, Unreachable
from fanfold_client.errors import unreachable
from fanfold_client.patience import OUTAGES
from fanfold_client.sync.following import following
from tests.unit.client.conftest import Run
from tests.unit.client.service import API, CREATED, KEY, Service, Wire, problem


class Opened:
    """Handlers on a logger of their own, closed in the end."""

    def __init__(self, service: Service) -> None:
        self.service, self.handlers = service, list[JournalHandler]()
        self.log = logging.Logger("shop")

    def __call__(self, **options: Any) -> JournalHandler:
        def client(url: str, key: str) -> Fanfold:
            return Fanfold(url, key, transport=Wire(self.service), pause=self.service.pauses.append)

        handler = JournalHandler(API, KEY, **{"stream": "web", "every_seconds": 0.01, **options}, open_client=client)
        self.handlers.append(handler)
        self.log.addHandler(handler)
        return handler

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [entry for entries in self.service.posts.values() for entry in entries]


@pytest.fixture
def opened(service: Service) -> Iterator[Opened]:
    opened = Opened(service)
    yield opened
    for handler in opened.handlers:
        handler.close()


class TestHandler:
    def test_records_are_shipped_in_their_order_with_what_they_carry(self, opened: Opened) -> None:
        handler = opened()
        opened.log.info(
            "order %d paid",
            17,
            extra={
                "order": 17,
                "amount": 1.5,
                "odd": {
                    1,
                },
            },
        )
        opened.log.error("no")
        handler.flush()
        first, second = opened.sent
        assert (first["message"], first["level"], first["stream"]) == ("order 17 paid", "info", "web")
        assert first["context"] | {"line": 0, "file": ""} == {
            "logger": "shop", "file": "", "line": 0, "thread": threading.current_thread().name,
            "order": 17, "amount": 1.5, "odd": "{1}",
        }  # fmt: skip
        assert first["timestamp"].endswith("+00:00")
        assert second["level"] == "error"

    @pytest.mark.parametrize(
        ("number", "level"),
        [(5, "debug"), (10, "debug"), (25, "info"), (30, "warning"), (45, "error"), (60, "critical")],
    )
    def test_levels(self, opened: Opened, number: int, level: str) -> None:
        handler = opened()
        opened.log.log(number, "m")
        handler.flush()
        assert [entry["level"] for entry in opened.sent] == [level]

    def test_a_traceback_is_part_of_the_message(self, opened: Opened) -> None:
        handler = opened()
        try:
            int("why")
        except ValueError:
            opened.log.exception("failed")
        handler.flush()
        (entry,) = opened.sent
        assert entry["message"].startswith("failed\nTraceback")
        assert entry["message"].endswith("base 10: 'why'")

    def test_what_json_does_not_have_goes_as_text(self, opened: Opened) -> None:
        handler = opened()
        opened.log.info("half \ud800", extra={"inf": float("inf"), "nested": {1: [None, True, object]}})
        handler.flush()
        (entry,) = opened.sent
        assert entry["message"] == "half ?"
        assert entry["context"]["inf"] == "inf"
        assert entry["context"]["nested"] == {"1": [None, True, "<class 'object'>"]}

    def test_batches_are_of_hundreds(self, opened: Opened, service: Service) -> None:
        handler = opened(batch=100, every_seconds=60)
        for n in range(250):
            opened.log.info("%d", n)
        handler.flush()
        assert [entry["message"] for entry in opened.sent] == [str(n) for n in range(250)]
        assert all(len(entries) <= 100 for entries in service.posts.values())

    def test_a_post_that_is_repeated_has_the_same_key(self, opened: Opened, service: Service) -> None:
        handler = opened()
        service.faults = [httpx.ConnectError("down"), httpx.Response(503)]
        opened.log.info("m")
        handler.flush()
        keys = {call.headers["idempotency-key"] for call in service.calls}
        assert (len(service.calls), len(keys), handler.dropped) == (3, 1, 0)

    def test_a_full_queue_drops_new_records_and_says_so(self, opened: Opened, service: Service) -> None:
        handler = opened(queued=5, every_seconds=60)
        for n in range(8):
            opened.log.info("%d", n)
        assert handler.dropped == 3
        handler.flush()
        assert [entry["message"] for entry in opened.sent] == [
            *"01234",
            "3 log records were dropped before this one",
        ]
        assert opened.sent[-1]["level"] == "warning"

    def test_what_is_refused_is_counted_and_the_rest_goes_on(self, opened: Opened, service: Service) -> None:
        handler = opened()
        service.faults = [problem(400, "Invalid input", "no")]
        opened.log.info("lost")
        handler.flush()
        opened.log.info("kept")
        handler.flush()
        assert handler.dropped == 1
        assert opened.sent[0]["message"] == "kept"

    def test_closing_sends_what_is_left_and_takes_no_more(self, opened: Opened) -> None:
        handler = opened(every_seconds=60)
        opened.log.info("last")
        handler.close()
        opened.log.info("late")
        assert [entry["message"] for entry in opened.sent] == ["last"]
        assert handler.dropped == 1

    def test_records_of_what_ships_are_left_alone(self, opened: Opened) -> None:
        handler = opened()
        handler.handle(logging.makeLogRecord({"name": "httpx._client", "msg": "POST"}))
        handler.flush()
        assert opened.sent == []

    def test_threads_lose_nothing(self, opened: Opened) -> None:
        handler = opened(batch=50)
        threads = [threading.Thread(target=lambda: [opened.log.info("%d", n) for n in range(200)]) for _ in range(4)]  # type: ignore[func-returns-value]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        handler.flush()
        assert len(opened.sent) == 800


def entry(id: str) -> LogEntry:
    return LogEntry(id=id, timestamp="t", stream="s", level="info", message=id)


class TestFollowing:
    def test_each_entry_comes_once_also_one_that_is_seen_late(self) -> None:
        ids = ["e1m82havc0a", "e1m82havc0c"]
        looks = [ids, [*ids, "e1m82havc0d"], [*ids, "e1m82havc0b", "e1m82havc0d"], ids, [*ids, "e1m82havd00"]]
        sorted_looks = iter([sorted(map(entry, look), key=lambda each: each.id, reverse=True) for look in looks])
        found = following(lambda: iter(next(sorted_looks)), 1, lambda _: None)
        assert [each.id for each in islice(found, 4)] == ["e1m82havc0c", "e1m82havc0d", "e1m82havc0b", "e1m82havd00"]

    def test_a_look_goes_back_a_minute_and_no_further(self) -> None:
        asked: list[str] = []

        def look() -> Iterator[LogEntry]:
            for id in ("e1m82havc0a", "e1m82h000xx", "e0000000000"):
                asked.append(id)
                yield entry(id)

        found = following(look, 1, lambda _: None)
        assert next(found).id == "e1m82havc0a"
        assert asked == ["e1m82havc0a", "e1m82h000xx"]

    def test_an_empty_journal_is_followed_from_now(self) -> None:
        looks = iter([[], [], [entry("e1m82havc0a")]])
        found = following(lambda: iter(next(looks)), 10, lambda _: None, now=lambda: 0)
        assert next(found).id == "e1m82havc0a"

    def test_outages_are_waited_out_for_a_while(self) -> None:
        looks = iter([iter([])])  # type: ignore[var-annotated]

        def look() -> Iterator[LogEntry]:
            if found := next(looks, None):
                return found
            raise unreachable("down")

        pauses: list[float] = []
        with pytest.raises(Unreachable):
            next(following(look, 0, pauses.append))
        assert len(pauses) == OUTAGES


class TestCommand:
    @pytest.fixture(autouse=True)
    def journal(self, service: Service) -> None:
        for n, level in enumerate(["info", "error", "info", "warning", "info"]):
            service.entry(f"e1m82havc0{n}", f"m{n}", level=level, context={"n": n} if n else {})

    def test_list_is_newest_first(self, run: Run) -> None:
        ran = run("logs", "list", "--limit", "2")
        assert ran.out.splitlines() == [
            '2026-11-22T10:00:00.000Z\tinfo\tweb\tm4\t{"n": 4}\te1m82havc04',
            '2026-11-22T10:00:00.000Z\twarning\tweb\tm3\t{"n": 3}\te1m82havc03',
        ]

    def test_filters_go_to_the_service(self, run: Run, service: Service) -> None:
        run("logs", "list", "--level", "warning", "--stream", "web", "--text", "m", "--since", "2h")
        asked = service.calls[0].url.params
        assert (asked["level"], asked["stream"], asked["text"]) == ("warning,error,critical", "web", "m")
        assert asked["since"].endswith("+00:00")

    def test_a_moment_that_is_none(self, run: Run) -> None:
        ran = run("logs", "list", "--since", "yesterday")
        assert (ran.code, "is no moment" in ran.err) == (2, True)

    def test_all_goes_through_the_pages(self, run: Run) -> None:
        assert len(run("logs", "list", "--all").out.splitlines()) == 5

    def test_tail_is_newest_last(self, run: Run) -> None:
        lines = run("logs", "tail", "-n", "3").out.splitlines()
        assert [line.split("\t")[3] for line in lines] == ["m2", "m3", "m4"]
        assert run("logs", "tail", "-n", "0").out == ""
        assert '"id":"e1m82havc04"' in run("logs", "tail", "-n", "1", "--json").out

    def test_following_goes_on_until_ctrl_c(self, run: Run, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        def pause(seconds: float) -> None:
            if len(service.entries) == 7:
                raise KeyboardInterrupt
            service.entry(f"e1m82havc1{len(service.entries)}", f"m{len(service.entries)}")

        monkeypatch.setattr(service, "pauses", type("Pauses", (), {"append": staticmethod(pause)}))
        ran = run("logs", "tail", "-f", "-n", "1")
        assert [line.split("\t")[3] for line in ran.out.splitlines()] == ["m4", "m5", "m6"]
        assert ran.code == 130

    def test_stats(self, run: Run) -> None:
        ran = run("logs", "stats", "--stream", "web")
        assert "accepted\t5\n" in ran.out
        assert "levels\tinfo 4, error 1\n" in ran.out
        assert "lag_p95_ms\t2047\n" in ran.out
        assert run("logs", "stats", "--hours").out == "2026-11-26T12\t5\t3\t2\t0\n"

    def test_an_entry_is_shown_whole(self, run: Run) -> None:
        assert 'context\t{"n": 4}\n' in run("logs", "show", "e1m82havc04").out

    def test_what_passes_is_exported(self, run: Run, tmp_path: Path) -> None:
        out = tmp_path / "entries.ndjson.gz"
        assert run("logs", "export", "--level", "warning", "-o", str(out)).code == 0
        found = [json.loads(line)["message"] for line in gzip.decompress(out.read_bytes()).splitlines()]
        assert found == ["m3", "m1"]
        assert run("logs", "export").code == 2

    def test_streams_are_listed_and_kept(self, run: Run, service: Service) -> None:
        assert run("logs", "streams").out == f"web\t30\t{CREATED}\n"
        assert run("logs", "keep", "web", "7").out.startswith("stream\tweb\nretention_days\t7\n")
        assert service.said[-1] == "PUT /v1/logs/streams/web"
        assert run("logs", "keep", "web", "0").code == 2

    def test_the_journal_tests_itself(self, run: Run) -> None:
        ran = run("logs", "test", "--posts", "2")
        assert ran.code == 0
        assert "accept_ms\t9.0\nflush_lag_ms\t750.0\n" in ran.out
        assert run("logs", "test", "--wait", "0").code == 0


def test_one_entry(fanfold: Fanfold, service: Service) -> None:
    service.entry("e1", "m")
    assert fanfold.logs.get("e1").message == "m"
