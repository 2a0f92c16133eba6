"""Taking a batch in."""

from typing import Any

import pytest
from pydantic import ValidationError

from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.model.batch import BatchJob
from fanfold.errors import Conflict, Invalid, KeyReused, NotFound
from fanfold.jobs.identity import Begin, Caller, fingerprint_of, job_id
from fanfold.jobs.job import State
from fanfold.jobs.upload import CreateUpload, Upload, create_upload
from tests.fakes.cloud import ACME, FakeCloud


def placed(cloud: FakeCloud, name: str) -> Upload:
    return create_upload(CreateUpload(filename=name), "acme", cloud.blobs, cloud.settings.max_upload_bytes)


def uploaded(cloud: FakeCloud, name: str, body: bytes = b'{"input": "a"}\n', **options: Any) -> BatchJob:
    cloud.blobs.put(f"uploads/acme/{name}", body)
    return create_batch(CreateBatch.model_validate({"upload": name, **options}), ACME, cloud.backend)


def test_a_batch_is_one_item_and_one_message() -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    assert cloud.table.writes == 1
    begin = Begin(tenant="acme", job=job.id, run=1, correlation_id="c-1")
    assert [Begin.model_validate_json(text) for text in cloud.starts.messages] == [begin]
    assert (job.state, job.tenant, job.created_at) == (State.ACCEPTED, "acme", "2026-11-22T12:00:00.000Z")


def test_what_is_read_back_is_what_was_accepted() -> None:
    cloud = FakeCloud()
    options = {"model": "echo-2", "system": "s", "max_tokens": 3, "temperature": 0.5, "metadata": {"a": "b"}}
    job = cloud.create([{"input": "a"}], name="mine", **options)  # type: ignore[arg-type]
    assert cloud.backend.jobs.get(job.ref) == job
    assert job.options.model_dump() | {"provider": "openai", "name": "mine"} | options == job.options.model_dump()


def test_the_same_question_has_the_same_answer_whatever_the_order_of_its_fields() -> None:
    cloud = FakeCloud()
    first = cloud.create([{"input": "a", "custom_id": "x"}], name="n", model="echo-1")
    cloud.wait(3600)
    assert cloud.create([{"custom_id": "x", "input": "a"}], model="echo-1", name="n") == first
    assert len(cloud.starts.messages) == 1


@pytest.mark.parametrize("change", [{"name": "other"}, {"model": "echo-2"}, {"metadata": {"a": "b"}}])
def test_another_question_under_the_same_key_is_refused_and_changes_nothing(change: dict[str, Any]) -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    before = dict(cloud.blobs.objects)
    with pytest.raises(KeyReused) as refused:
        cloud.create([{"input": "a"}], **change)
    assert refused.value.flaws[0].field == "Idempotency-Key"
    assert cloud.backend.jobs.get(job.ref) == job
    assert cloud.run(job).state is State.COMPLETED
    assert before.items() <= cloud.blobs.objects.items()


def test_without_a_key_every_question_is_a_new_one() -> None:
    cloud = FakeCloud()
    callers = [Caller(tenant="acme", correlation_id="c") for _ in range(2)]
    first, second = (cloud.create([{"input": "a"}], caller) for caller in callers)
    assert first.id != second.id


def test_a_key_is_its_tenants_own() -> None:
    cloud = FakeCloud()
    theirs = ACME.model_copy(update={"tenant": "other"})
    assert cloud.create([{"input": "a"}]).id != cloud.create([{"input": "b"}], theirs).id


def test_the_parts_of_an_id_do_not_run_into_each_other() -> None:
    ids = [
        job_id("batch", "ab", "c"),
        job_id("batch", "a", "bc"),
        job_id("batch", "abc"),
        job_id("batch", "a", "b", "c"),
        job_id("batch", "", "abc"),
    ]
    assert len(set(ids)) == len(ids)
    assert all(len(each) == 26 and each.isalnum() and each[0] == "b" for each in ids)


def test_a_fingerprint_tells_values_apart() -> None:
    bodies: list[dict[str, Any]] = [{"a": 1}, {"a": "1"}, {"a": None}, {"a": [1]}, {}, {"b": 1}]
    assert len({fingerprint_of(body) for body in bodies}) == len(bodies)


@pytest.mark.parametrize(
    ("options", "field"), [({"provider": "nobody"}, "provider"), ({"model": "gpt-5"}, "model")], ids=str
)
def test_what_there_is_not_is_refused_before_anything_is_written(options: dict[str, Any], field: str) -> None:
    cloud = FakeCloud()
    with pytest.raises(Invalid) as refused:
        cloud.create([{"input": "a"}], **options)
    assert refused.value.flaws[0].field == field
    assert not cloud.table.items
    assert not cloud.blobs.objects
    assert not cloud.starts.messages


@pytest.mark.parametrize("body", [{}, {"requests": [{"input": "a"}], "upload": "x"}], ids=["neither", "both"])
def test_a_batch_has_requests_or_an_upload(body: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="either"):
        create_batch(CreateBatch.model_validate(body), ACME, FakeCloud().backend)


@pytest.mark.parametrize(
    ("name", "format"), [("1/a.jsonl", "jsonl"), ("1/a.ndjson", "jsonl"), ("1/a.csv", "csv"), ("1/A.CSV", "csv")]
)
def test_an_uploads_format_is_that_of_its_name(name: str, format: str) -> None:
    cloud = FakeCloud()
    body = b'{"input": "a"}\n' if format == "jsonl" else b"input\na\n"
    job = cloud.run(uploaded(cloud, name, body))
    assert [result["output"] for result in cloud.results(job)] == ["a"]


def test_an_upload_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="was the file sent"):
        create_batch(CreateBatch(upload="1/a.csv"), ACME, FakeCloud().backend)


def test_a_portfolio_is_no_batch() -> None:
    with pytest.raises(Invalid, match=r"holds no requests: its name ends in one of \.jsonl"):
        uploaded(FakeCloud(), "1/shop.xlsx")


def test_an_empty_upload_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="empty"):
        uploaded(FakeCloud(), "1/a.csv", b"")


def test_an_upload_is_a_form_for_one_file_of_the_tenant() -> None:
    cloud = FakeCloud()
    cloud.configure(max_upload_bytes=20)
    upload = placed(cloud, "my prompts.jsonl")
    assert upload.max_bytes == 20
    assert not cloud.blobs.receive(upload.form, b"x" * 21)
    assert cloud.blobs.receive(upload.form, b'{"input": "a"}')
    job = create_batch(CreateBatch(upload=upload.upload), ACME, cloud.backend)
    assert cloud.run(job).counts.succeeded == 1


def test_two_uploads_of_one_name_are_two_files() -> None:
    cloud = FakeCloud()
    made = {placed(cloud, "a.csv").upload for _ in range(2)}
    assert len(made) == 2


@pytest.mark.parametrize(
    "name", ["a.csv", "A b-c_1.JSONL", "ä.ndjson", "shop.XLSX", "a.zip", "a.parquet", "a.tsv", "x" * 120 + ".csv"]
)
def test_names_of_files(name: str) -> None:
    assert CreateUpload(filename=name).filename == name


@pytest.mark.parametrize(
    "name", ["a", "a.docx", ".csv", "a.csv/b", "a/b.csv", "a\n.csv", "a.csv\n", "x" * 121 + ".csv"]
)
def test_names_of_no_files(name: str) -> None:
    with pytest.raises(ValidationError):
        CreateUpload(filename=name)


def test_a_job_fits_into_one_item_whatever_its_options_hold() -> None:
    cloud = FakeCloud()
    wide = "\U0001f642"
    metadata = {f"{n:02d}" + wide * 62: wide * 512 for n in range(16)}
    options = {"system": wide * 65_536, "metadata": metadata, "name": wide * 256, "model": "echo-" + "x" * 251}
    job = cloud.create([{"inptu" + wide * 9999: "a", "n": n} for n in range(30)] + [{"input": "a"}], **options)  # type: ignore[arg-type]
    assert cloud.run(job).counts.succeeded == 1
