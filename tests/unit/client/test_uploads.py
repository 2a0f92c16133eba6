"""Files and large bodies: streamed, sent once, and the same job when repeated."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from fanfold_client import Fanfold, KeyReused, NotFound, Refused, TooLarge
from tests.unit.client.service import API, KEY, Service, Wire

LARGE = [{"custom_id": str(number), "input": "ü" * 1000} for number in range(2500)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    path.write_text('{"input": "a"}\n')
    return path


def test_a_file_is_streamed_and_its_progress_told(service: Service, fanfold: Fanfold, tmp_path: Path) -> None:
    file, seen = tmp_path / "large.jsonl", list[tuple[int, int | None]]()
    content = b'{"input": "hello"}\n' * 200_000
    file.write_bytes(content)
    fanfold.batches.create(file, seen=lambda done, total: seen.append((done, total)))
    assert list(service.objects.values()) == [content]
    assert service.largest_piece < len(content) / 20
    assert seen[-1] == (len(content), len(content))
    assert len(seen) > 20


def test_a_broken_upload_is_sent_again_from_its_beginning(service: Service, fanfold: Fanfold, file: Path) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and "storage" in str(request.url) and not service.pauses:
            next(iter(request.stream))  # type: ignore[arg-type]
            raise httpx.WriteError("broken")
        return service(request)

    with Fanfold(API, KEY, transport=Wire(broken), pause=service.pauses.append) as client:
        client.batches.create(file)
    assert list(service.objects.values()) == [file.read_bytes()]


def test_many_requests_go_by_upload_unnoticed(service: Service, fanfold: Fanfold) -> None:
    fanfold.batches.create(LARGE, "mine", model="gpt-4o")
    assert [json.loads(line) for line in next(iter(service.objects.values())).splitlines()] == LARGE
    assert service.bodies["mine"] == {"model": "gpt-4o", "upload": "0/requests.jsonl"}

    fanfold.batches.create(LARGE, "mine", model="gpt-4o")
    assert len(service.objects) == 1
    with pytest.raises(KeyReused):
        fanfold.batches.create(LARGE[1:], "mine", model="gpt-4o")


def test_many_requests_are_added_by_upload_too(service: Service, fanfold: Fanfold) -> None:
    service.batch("b1", "draft")
    for _ in range(2):
        fanfold.batches.add("b1", LARGE)
    assert service.added == [{"upload": "0/requests.jsonl"}] * 2


@pytest.mark.parametrize(("size", "uploaded"), [(4_194_304 - 100, False), (4_194_304 - 40, True), (4_194_305, False)])
def test_an_upload_is_used_where_it_helps(size: int, uploaded: bool, service: Service, fanfold: Fanfold) -> None:
    """A request longer than a line may be can't be helped: it is posted, for the service to refuse."""
    fanfold.batches.create([{"input": "x" * (size - len('{"input":""}'))}], name="n" * 50)
    assert bool(service.objects) == uploaded


def test_the_same_submit_is_the_same_job(service: Service, fanfold: Fanfold, file: Path, tmp_path: Path) -> None:
    def submit(**options: Any) -> str:
        return fanfold.batches.create(file, remember=tmp_path / "sent", **options).id

    first = submit(model="gpt-4o")
    assert submit(model="gpt-4o") == first
    assert len(service.objects) == 1
    assert submit(model="o3") != first
    file.write_text('{"input": "b"}\n')
    assert submit(model="gpt-4o") != first


def test_a_submit_that_broke_after_its_upload_goes_on(
    service: Service, fanfold: Fanfold, file: Path, tmp_path: Path
) -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        answer = service(request)
        if request.url.path == "/v1/batches":
            raise httpx.ReadError("the answer was lost")
        return answer

    transport = Wire(lost)
    with (
        Fanfold(API, KEY, transport=transport, pause=service.pauses.append) as client,
        pytest.raises(Exception, match="was lost"),
    ):
        client.batches.create(file, remember=tmp_path / "sent")
    assert fanfold.batches.create(file, remember=tmp_path / "sent").id == "b1"
    assert (len(service.bodies), len(service.objects)) == (1, 1)


def test_an_upload_that_is_gone_is_sent_again(service: Service, fanfold: Fanfold, file: Path, tmp_path: Path) -> None:
    fanfold.batches.create(file, remember=tmp_path / "sent")
    service.objects.clear()
    service.bodies.clear()
    service.objects["other"] = b""
    fanfold.batches.create(file, remember=tmp_path / "sent")
    assert len(service.bodies) == 1


def test_without_a_memory_each_submit_is_a_job(fanfold: Fanfold, file: Path) -> None:
    assert fanfold.batches.create(file).id != fanfold.batches.create(file).id


def test_uploads_are_remembered_by_tenant(service: Service, fanfold: Fanfold, file: Path, tmp_path: Path) -> None:
    fanfold.batches.create(file, remember=tmp_path)
    elsewhere = Service()
    with Fanfold("https://elsewhere.test", KEY, transport=Wire(elsewhere)) as other:
        other.batches.create(file, remember=tmp_path)
    assert len(service.objects) == len(elsewhere.objects) == 1


def test_a_file_can_be_added_to_a_draft_once(service: Service, fanfold: Fanfold, file: Path, tmp_path: Path) -> None:
    service.batch("b1", "draft")
    for _ in range(2):
        fanfold.batches.add("b1", file, remember=tmp_path / "sent")
    assert len(service.objects) == 1
    with pytest.raises(NotFound, match="no batch"):
        fanfold.batches.add("b9", file, remember=tmp_path / "sent")


def test_what_can_not_be_uploaded_is_refused_here(service: Service, fanfold: Fanfold, file: Path) -> None:
    service.max_bytes = 3
    with pytest.raises(TooLarge, match=r"requests.jsonl has 15 bytes; an upload may have 3"):
        fanfold.batches.create(file)
    file.write_bytes(b"")
    with pytest.raises(Refused, match="is empty"):
        fanfold.batches.create(file)
    assert service.objects == {}


def test_a_name_keeps_its_ending_and_loses_what_is_not_allowed(
    service: Service, fanfold: Fanfold, tmp_path: Path
) -> None:
    file = tmp_path / ("(mails) " * 20 + ".csv")
    file.write_text("input\na\n")
    fanfold.batches.create(file)
    fanfold.batches.create(file, filename="stdin.jsonl")
    first, second = (name.split("/")[1] for name in service.objects)
    assert first.endswith("_mails_ .csv")
    assert len(first) <= 104
    assert second == "stdin.jsonl"
