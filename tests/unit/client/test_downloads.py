"""Results: whole or not there, whatever breaks on the way."""

import json
from pathlib import Path

import httpx
import pytest

from fanfold_client import Conflict, Fanfold, Refused, Unreachable
from tests.unit.client.service import Service

LINES = [{"custom_id": str(number), "output": "a\u2028b\x85c"} for number in range(20)]
BODY = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES).encode()


@pytest.fixture(autouse=True)
def results(service: Service) -> None:
    service.batch("b1")
    service.objects["results"] = BODY


def ranges(service: Service) -> list[str]:
    return [call.headers["range"] for call in service.calls if "range" in call.headers]


def test_lines_end_where_json_lines_end(fanfold: Fanfold) -> None:
    assert list(fanfold.batches.iter_results("b1")) == LINES


def test_a_last_line_needs_no_end(service: Service, fanfold: Fanfold) -> None:
    service.objects["results"] = BODY.rstrip()
    assert list(fanfold.batches.iter_results("b1")) == LINES


def test_reading_goes_on_where_it_broke(service: Service, fanfold: Fanfold) -> None:
    service.breaks = [100, 0, 30]
    assert list(fanfold.batches.iter_results("b1")) == LINES
    assert ranges(service) == ["bytes=100-", "bytes=100-", "bytes=130-"]


def test_reading_gives_up_when_nothing_comes(service: Service, fanfold: Fanfold) -> None:
    service.breaks = [0] * 50
    with pytest.raises(Unreachable, match="broke at byte 0"):
        list(fanfold.batches.iter_results("b1"))


def test_reading_what_changed_meanwhile_is_an_error(service: Service, fanfold: Fanfold) -> None:
    service.breaks = [100]
    found = fanfold.batches.iter_results("b1")
    next(found)
    service.version = 2
    with pytest.raises(Conflict, match="begin again"):
        list(found)


def test_results_that_are_being_made_are_waited_for(service: Service, fanfold: Fanfold) -> None:
    service.making = 3
    assert b"".join(fanfold.batches.pieces("b1", "csv")) == BODY
    assert service.pauses == [2, 2, 2]
    assert service.calls[0].url.params["format"] == "csv"


def test_a_file_is_there_when_it_is_whole(service: Service, fanfold: Fanfold, tmp_path: Path) -> None:
    file, seen = tmp_path / "out.jsonl", list[tuple[int, int | None]]()
    file.write_text("old")
    service.breaks = [100] + [0] * 50
    with pytest.raises(Unreachable):
        fanfold.batches.download("b1", file)
    assert file.read_text() == "old"
    service.breaks = []

    fanfold.batches.download("b1", file, seen=lambda done, total: seen.append((done, total)))
    assert file.read_bytes() == BODY
    assert ranges(service)[-1] == "bytes=100-"
    assert seen[0] == (100, None)
    assert seen[-1] == (len(BODY), len(BODY))
    assert list(tmp_path.iterdir()) == [file]


def test_a_part_of_something_else_is_not_continued(service: Service, fanfold: Fanfold, tmp_path: Path) -> None:
    service.breaks = [100] + [0] * 50
    with pytest.raises(Unreachable):
        fanfold.batches.download("b1", tmp_path / "out")
    service.breaks, service.version, service.objects["results"] = [], 2, b"new"
    fanfold.batches.download("b1", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_part_that_is_whole_only_needs_its_name(service: Service, fanfold: Fanfold, tmp_path: Path) -> None:
    (tmp_path / "out.%22v1%22.part").write_bytes(BODY)
    fanfold.batches.download("b1", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == BODY


def test_nothing_is_downloaded_as_nothing(service: Service, fanfold: Fanfold, tmp_path: Path) -> None:
    service.objects["results"] = b""
    assert list(fanfold.batches.iter_results("b1")) == []
    fanfold.batches.download("b1", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b""


def test_what_the_storage_refuses_is_told(service: Service, fanfold: Fanfold) -> None:
    link = httpx.Response(200, json={"url": "https://storage.test/results"})
    service.faults = [link, httpx.Response(400, text="<Error><Message>bad link</Message></Error>")]
    with pytest.raises(Refused, match="bad link"):
        list(fanfold.batches.iter_results("b1"))
