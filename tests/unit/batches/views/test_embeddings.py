"""Vectors as Parquet."""

import base64
import io
import struct
from typing import Any

from pyarrow import parquet

from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.model.batch import Endpoint
from fanfold.batches.model.result import Result, is_empty
from fanfold.batches.views.download import DownloadOptions, Prepare, download, make_export
from fanfold.batches.views.exports.embeddings import Embeddings
from fanfold.providers import Fault, Finish, Status, Usage
from tests.fakes.cloud import ACME, FakeCloud


def result(custom_id: str, *vectors: Any, **more: Any) -> Result:
    data = [{"index": n, "embedding": vector} for n, vector in enumerate(vectors)]
    response = {"object": "list", "model": "text-embedding-3-small", "data": data} if data else None
    given: dict[str, Any] = {"line": 1, "status": Status.SUCCEEDED, "usage": Usage(input_tokens=3)}
    return Result(custom_id=custom_id, response=response, finish_reason=Finish.STOP, **given | more)


def table(*results: Result) -> list[dict[str, Any]]:
    body = b"".join(Embeddings().parts_of(results))
    rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(body)).to_pylist()
    return rows


def test_each_vector_is_a_row() -> None:
    packed = base64.b64encode(struct.pack("<2f", 0.5, -0.25)).decode()
    fault = Fault(kind="invalid_request", message="no")
    found = table(
        result("a", [0.5, 0.25]), result("b", [1, 0], [0, 1]), result("c", packed),
        result("d", status=Status.FAILED, error=fault),
    )  # fmt: skip
    assert [(row["custom_id"], row["index"], row["embedding"]) for row in found] == [
        ("a", 0, [0.5, 0.25]), ("b", 0, [1, 0]), ("b", 1, [0, 1]), ("c", 0, [0.5, -0.25]), ("d", 0, None),
    ]  # fmt: skip
    assert found[4]["error_kind"] == "invalid_request"
    assert table() == []


def test_geminis_vectors_are_rows_too() -> None:
    own = result("a").model_copy(update={"response": {"embedding": {"values": [0.5, 1]}, "tokenCount": 3}})
    assert [(row["index"], row["embedding"], row["input_tokens"]) for row in table(own)] == [(0, [0.5, 1], 3)]
    assert not is_empty(own)


def test_many_come_in_groups() -> None:
    found = table(*(result(f"id-{n}", [float(n), 1.0]) for n in range(4100)))
    assert [row["embedding"][0] for row in found] == [float(n) for n in range(4100)]


def test_a_vector_is_not_an_empty_answer() -> None:
    assert not is_empty(result("a", [0.5]))
    assert is_empty(result("a"))


def test_parquet_of_a_batch_of_embeddings_has_the_vectors() -> None:
    cloud = FakeCloud()
    body = CreateBatch.model_validate({"requests": [{"input": "a"}]})
    job = cloud.run(create_batch(body, ACME, cloud.backend))
    options = job.options.model_copy(update={"endpoint": Endpoint.EMBEDDINGS})
    cloud.backend.jobs.move(job, options=options.model_dump(mode="json", exclude_none=True))
    line = result("a", [0.5]).model_dump_json(exclude_none=True)
    cloud.blobs.put(job.ref.folder + "results.jsonl", line.encode())
    assert download(job.ref, DownloadOptions(format="parquet"), cloud.backend) is None
    (text,) = cloud.exports.messages
    assert make_export(Prepare.model_validate_json(text), cloud.backend)
    url = download(job.ref, DownloadOptions(format="parquet"), cloud.backend)
    rows = parquet.read_table(io.BytesIO(cloud.blobs.follow(url or ""))).to_pylist()
    assert [row["embedding"] for row in rows] == [[0.5]]
