"""An input cut into chunks, an index, and a list of what was rejected."""

import json
from pathlib import Path
from typing import Any

import pytest

from fanfold.batches.model.batch import BatchJob, BatchSource, Options
from fanfold.batches.plan.split import MOST_MODELS, Split, split
from fanfold.jobs.rejects import QUOTED, SAMPLES
from fanfold.jobs.request_index import find
from fanfold.settings import Settings
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.provider import MemoryProvider

JOB = BatchJob(
    tenant="acme",
    id="b1",
    created_at="2026-11-22T12:00:00.000Z",
    fingerprint="f",
    correlation_id="c",
    options=Options(),
    sources=(BatchSource(key="input.jsonl"),),
)


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


def cut(blobs: MemoryBlobs, requests: list[Any], folder: Path, **settings: Any) -> Split:
    blobs.put(JOB.sources[0].key, b"".join(json.dumps(request).encode() + b"\n" for request in requests))
    return split(JOB, MemoryProvider(), blobs, Settings(**settings), folder)


def chunk(blobs: MemoryBlobs, number: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in blobs.get(JOB.ref.chunk_key(number)).splitlines()]


def rejected(blobs: MemoryBlobs) -> list[dict[str, Any]]:
    return [json.loads(line) for line in blobs.get(JOB.ref.folder + "rejected.jsonl").splitlines()]


@pytest.mark.parametrize(("requests", "sizes"), [(1, [1]), (3, [3]), (4, [3, 1]), (9, [3, 3, 3])])
def test_a_chunk_holds_so_many_requests(blobs: MemoryBlobs, tmp_path: Path, requests: int, sizes: list[int]) -> None:
    found = cut(blobs, [{"input": f"{n}"} for n in range(requests)], tmp_path, chunk_requests=3)
    assert [each.requests for each in found.chunks] == sizes
    assert found.total == requests
    lines = [line["line"] for each in found.chunks for line in chunk(blobs, each.chunk)]
    assert lines == list(range(1, requests + 1))


def test_a_chunk_is_full_at_so_many_bytes(blobs: MemoryBlobs, tmp_path: Path) -> None:
    found = cut(blobs, [{"input": "x" * 1000} for _ in range(7)], tmp_path, chunk_bytes=2000)
    assert [each.requests for each in found.chunks] == [2, 2, 2, 1]
    assert [each.bytes for each in found.chunks] == [len(blobs.get(JOB.ref.chunk_key(n))) for n in range(4)]


def test_a_chunk_holds_one_model(blobs: MemoryBlobs, tmp_path: Path) -> None:
    models = ["echo-1", "echo-2", "echo-3"]
    found = cut(blobs, [{"input": f"{n}", "model": models[n % 3]} for n in range(9)], tmp_path, chunk_requests=2)
    for each in found.chunks:
        assert {line["body"]["model"] for line in chunk(blobs, each.chunk)} == {each.model}
    assert sorted(line["line"] for each in found.chunks for line in chunk(blobs, each.chunk)) == list(range(1, 10))
    assert [each.requests for each in found.chunks] == [2, 2, 2, 1, 1, 1]


def test_a_job_has_only_so_many_models(blobs: MemoryBlobs, tmp_path: Path) -> None:
    requests = [{"input": "a", "model": f"echo-{n % (MOST_MODELS + 2)}"} for n in range(2 * (MOST_MODELS + 2))]
    found = cut(blobs, requests, tmp_path)
    assert len(found.chunks) == MOST_MODELS
    assert (found.total, found.rejected) == (2 * MOST_MODELS, 4)
    assert {each["field"] for each in rejected(blobs)} == {"model"}


def test_the_manifest_has_a_line_for_each_chunk(blobs: MemoryBlobs, tmp_path: Path) -> None:
    found = cut(blobs, [{"input": f"{n}"} for n in range(5)], tmp_path, chunk_requests=2)
    lines = blobs.get(JOB.ref.folder + "manifest.jsonl").splitlines()
    assert [json.loads(line) for line in lines] == [each.model_dump() for each in found.chunks]


def test_the_first_of_a_custom_id_is_kept_and_the_others_name_it(blobs: MemoryBlobs, tmp_path: Path) -> None:
    names = ["a", "b", "a", "c", "b", "a"]
    found = cut(blobs, [{"input": f"{n}", "custom_id": name} for n, name in enumerate(names)], tmp_path)
    assert [line["body"]["messages"][0]["content"] for line in chunk(blobs, 0)] == ["0", "1", "3"]
    assert (found.total, found.rejected) == (3, 3)
    assert [(each["line"], each["field"]) for each in rejected(blobs)] == [
        (3, "custom_id"),
        (5, "custom_id"),
        (6, "custom_id"),
    ]
    assert [each["detail"].rpartition(" ")[2] for each in rejected(blobs)] == ["1", "2", "1"]


def test_a_custom_id_may_come_again_within_a_line(blobs: MemoryBlobs, tmp_path: Path) -> None:
    requests = [{"custom_id": "a", "input": f"{n}"} for n in range(3)]
    blobs.put(JOB.sources[0].key, json.dumps(requests).encode())
    found = split(JOB, MemoryProvider(), blobs, Settings(), tmp_path)
    assert (found.total, [each["line"] for each in found.samples]) == (1, [1, 1])


def test_a_given_custom_id_may_meet_one_of_ours(blobs: MemoryBlobs, tmp_path: Path) -> None:
    found = cut(blobs, [{"input": "a", "custom_id": "request-2"}, {"input": "b"}, {"input": "c"}], tmp_path)
    assert (found.total, found.samples[0]["line"]) == (2, 2)


def test_custom_ids_are_told_apart_by_every_character(blobs: MemoryBlobs, tmp_path: Path) -> None:
    names = ["a", "A", "a ", " a", "ä", "a\u0308", "\U0001f642", "1", "01", "null"]
    found = cut(blobs, [{"input": "x", "custom_id": name} for name in names], tmp_path)
    assert (found.total, found.rejected) == (len(names), 0)


def test_the_index_leads_to_every_request(blobs: MemoryBlobs, tmp_path: Path) -> None:
    names = [f"id-{n}" for n in range(200)]
    cut(blobs, [{"input": name, "custom_id": name} for name in names], tmp_path, chunk_requests=7)
    for name in names:
        [place] = find(blobs, JOB.ref.folder + "index", name)
        line = json.loads(blobs.get_range(JOB.ref.chunk_key(place.chunk), place.offset, place.length))
        assert (line["custom_id"], chunk(blobs, place.chunk)[place.position]) == (name, line)


def test_all_flaws_are_in_the_file_and_the_first_few_at_hand(blobs: MemoryBlobs, tmp_path: Path) -> None:
    found = cut(blobs, [{"inptu": "a"} for _ in range(SAMPLES + 5)] + [{"input": "b"}], tmp_path)
    assert (found.rejected, len(found.samples), len(rejected(blobs))) == (SAMPLES + 5, SAMPLES, SAMPLES + 5)
    assert found.samples == rejected(blobs)[:SAMPLES]


def test_flaws_at_hand_are_short_whatever_they_quote(blobs: MemoryBlobs, tmp_path: Path) -> None:
    found = cut(blobs, [{"x" * 1_000_000: 1}, {"input": "a", "model": "y" * 1_000_000}], tmp_path)
    assert all(len(str(value)) <= QUOTED for sample in found.samples for value in sample.values())
    assert len(rejected(blobs)[0]["field"]) == 1_000_000


def test_nothing_rejected_is_no_file(blobs: MemoryBlobs, tmp_path: Path) -> None:
    assert cut(blobs, [{"input": "a"}], tmp_path).rejected == 0
    assert JOB.ref.folder + "rejected.jsonl" not in blobs.objects


def test_nothing_good_is_no_chunk(blobs: MemoryBlobs, tmp_path: Path) -> None:
    assert cut(blobs, [], tmp_path) == Split(chunks=[], rejected=0, samples=[])


def test_a_missing_input_is_a_key_error(blobs: MemoryBlobs, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        split(JOB, MemoryProvider(), blobs, Settings(), tmp_path)


def test_cutting_again_writes_the_same_again(blobs: MemoryBlobs, tmp_path: Path) -> None:
    requests = [{"input": f"{n}", "custom_id": f"{n % 8}", "model": f"echo-{n % 3}"} for n in range(20)]
    for again in ("one", "two"):
        (tmp_path / again).mkdir()
    first = cut(blobs, requests, tmp_path / "one", chunk_requests=2)
    written = dict(blobs.objects)
    assert cut(blobs, requests, tmp_path / "two", chunk_requests=2) == first
    assert blobs.objects == written
