"""Results in every form."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from pyarrow import parquet

from fanfold.batches.commands import retry
from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.views import download as module
from fanfold.batches.views.download import PATIENCE, DownloadOptions, Prepare, download, make_export
from fanfold.batches.views.exports import Export, export, names
from fanfold.batches.views.exports._columns import ResultRow
from fanfold.batches.views.exports.parquet import _groups
from fanfold.errors import Conflict, Invalid, NotFound
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import cancel, delete
from tests.fakes.cloud import ACME, FakeCloud

FORMS = ["csv", "parquet"]
OTHERS = ["anthropic", "embeddings", "gemini", "openai", "openai_errors"]


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.provider.refused = {"prompt 4"}
    return cloud


@pytest.fixture
def job(cloud: FakeCloud) -> BatchJob:
    return cloud.run(cloud.create([{"input": f"prompt {n}", "custom_id": f"id-{n}"} for n in range(10)]))


def got(cloud: FakeCloud, job: BatchJob, format: str) -> bytes | None:
    url = download(job.ref, DownloadOptions(format=format), cloud.backend)
    return cloud.blobs.follow(url) if url else None


def deliver(cloud: FakeCloud) -> list[bool]:
    """What becomes of each message."""
    taken, cloud.exports.messages = cloud.exports.messages, []
    return [make_export(Prepare.model_validate_json(text), cloud.backend) for text in taken]


def table(body: bytes | None, format: str) -> list[dict[str, Any]]:
    assert body is not None
    if format == "csv":
        return list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(body)).to_pylist()
    return rows


def test_every_form_is_there(cloud: FakeCloud) -> None:
    assert list(names()) == sorted([*FORMS, *OTHERS])


def test_jsonl_is_the_form_of_the_results_themselves(cloud: FakeCloud, job: BatchJob) -> None:
    assert got(cloud, job, "jsonl") == cloud.blobs.get(job.ref.folder + "results.jsonl")
    assert f"{job.id}.jsonl" in (download(job.ref, DownloadOptions(), cloud.backend) or "")


def test_a_small_csv_is_there_at_once(cloud: FakeCloud, job: BatchJob) -> None:
    rows = table(got(cloud, job, "csv"), "csv")
    assert [row["custom_id"] for row in rows] == [f"id-{n}" for n in range(10)]
    assert (rows[3]["output"], rows[4]["output"]) == ("prompt 3", "")
    assert (rows[4]["status"], rows[4]["error_kind"], rows[4]["error_message"]) == ("failed", "refused", "no")
    assert not cloud.exports.messages


def test_any_other_is_made_for_those_who_ask_again(cloud: FakeCloud, job: BatchJob) -> None:
    assert got(cloud, job, "parquet") is None
    assert deliver(cloud) == [True]
    rows = table(got(cloud, job, "parquet"), "parquet")
    assert [(row["line"], row["output"]) for row in rows] == [
        (n + 1, None if n == 4 else f"prompt {n}") for n in range(10)
    ]
    assert rows[0]["input_tokens"] == 2


def test_a_large_csv_is_made_by_somebody_else(cloud: FakeCloud, job: BatchJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE_BYTES", 100)
    assert got(cloud, job, "csv") is None
    deliver(cloud)
    assert len(table(got(cloud, job, "csv"), "csv")) == 10


def test_asking_again_is_no_second_message(cloud: FakeCloud, job: BatchJob) -> None:
    for _ in range(5):
        cloud.wait(2)
        assert got(cloud, job, "parquet") is None
    assert len(cloud.exports.messages) == 1


def test_a_message_that_came_to_nothing_is_sent_again_in_time(cloud: FakeCloud, job: BatchJob) -> None:
    assert got(cloud, job, "parquet") is None
    cloud.exports.messages.clear()
    cloud.wait(PATIENCE.total_seconds() + 1)
    assert got(cloud, job, "parquet") is None
    assert deliver(cloud) == [True]


def test_a_message_that_comes_twice_is_made_once(cloud: FakeCloud, job: BatchJob) -> None:
    got(cloud, job, "parquet")
    cloud.exports.messages *= 2
    assert deliver(cloud) == [True, False]


def test_a_form_is_of_the_results_as_they_are_now(cloud: FakeCloud, job: BatchJob) -> None:
    got(cloud, job, "csv")
    got(cloud, job, "parquet")
    late = list(cloud.exports.messages)
    cloud.provider.refused.clear()
    cloud.wait(60)
    retry(job.ref, cloud.backend)
    cloud.machine.settle()

    assert table(got(cloud, job, "csv"), "csv")[4]["output"] == "prompt 4"
    assert [make_export(Prepare.model_validate_json(text), cloud.backend) for text in late] == [False]
    cloud.exports.messages.clear()
    cloud.wait(1)
    assert got(cloud, job, "parquet") is None
    deliver(cloud)
    assert table(got(cloud, job, "parquet"), "parquet")[4]["output"] == "prompt 4"


def test_nothing_is_made_of_a_batch_that_is_gone(cloud: FakeCloud, job: BatchJob) -> None:
    got(cloud, job, "parquet")
    delete(job.ref, cloud.backend)
    assert deliver(cloud) == [False]


def test_an_unknown_form_names_those_there_are(cloud: FakeCloud, job: BatchJob) -> None:
    with pytest.raises(Invalid, match="jsonl, anthropic, csv") as refused:
        got(cloud, job, "xlsx")
    assert refused.value.flaws[0].field == "format"


@pytest.mark.parametrize("format", ["jsonl", *FORMS])
def test_there_are_no_results_before_the_end(cloud: FakeCloud, format: str) -> None:
    job = cloud.create([{"input": "a"}])
    with pytest.raises(Conflict, match="accepted"):
        got(cloud, job, format)
    cancel(job.ref, cloud.backend)
    with pytest.raises(Conflict, match="cancelled"):
        got(cloud, job, format)


@pytest.mark.parametrize("format", ["jsonl", *FORMS])
def test_a_batch_of_somebody_else_is_not_there(cloud: FakeCloud, job: BatchJob, format: str) -> None:
    with pytest.raises(NotFound):
        download(JobRef(tenant="other", job=job.id), DownloadOptions(format=format), cloud.backend)


def row(n: int = 0, output: str | None = "x", **more: Any) -> ResultRow:
    given = {"custom_id": f"id-{n}", "line": n, "status": "succeeded", "output": output} | more
    empty = dict.fromkeys(("finish_reason", "error_kind", "error_code", "error_message"))
    zero = dict.fromkeys(("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"), 0)
    return ResultRow(**(empty | zero | given))  # type: ignore[arg-type]


def tables(format: str) -> Export:
    found = export(format)
    assert isinstance(found, Export)
    return found


def written(format: str, *rows: ResultRow) -> list[dict[str, Any]]:
    return table(b"".join(tables(format).parts(rows)), format)


class TestForms:
    @pytest.mark.parametrize("format", FORMS)
    @pytest.mark.parametrize("output", ["", "è\U0001f642", 'a,"b"\n\r\nc', "x" * 100_000, "\x00\u2028", "'=1"])
    def test_every_text_comes_through(self, format: str, output: str) -> None:
        assert [each["output"] for each in written(format, row(output=output))] == [output]

    @pytest.mark.parametrize("format", FORMS)
    def test_no_results_are_a_table_without_rows(self, format: str) -> None:
        assert written(format) == []

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_no_cell_of_a_csv_is_a_formula(self, start: str) -> None:
        formula = f"{start}HYPERLINK(0)"
        texts = dict.fromkeys(
            ("custom_id", "output", "finish_reason", "error_kind", "error_code", "error_message"), formula
        )
        [found] = written("csv", row(**texts))  # type: ignore[arg-type]
        assert {found[name] for name in texts} == {f"'{formula}"}
        assert written("parquet", row(output=formula))[0]["output"] == formula

    @pytest.mark.parametrize("format", FORMS)
    def test_a_table_comes_in_parts_of_bounded_size(self, format: str) -> None:
        def rows() -> Iterator[ResultRow]:
            for n in range(30):
                taken.append(n)
                yield row(n, f"{n}" * 1_000_000)

        taken: list[int] = []
        parts = tables(format).parts(rows())
        held = [(len(part), len(taken)) for part in parts]
        assert len(held) > 1
        assert held[0][1] < 30
        assert max(size for size, _ in held) < 20_000_000

    def test_row_groups_hold_neither_too_many_rows_nor_too_much_text(self) -> None:
        assert [len(group) for group in _groups(iter([row(n) for n in range(120_000)]))] == [50_000, 50_000, 20_000]
        assert len(list(_groups(iter([row(n, "x" * 9_000_000) for n in range(4)])))) == 2


def test_a_retry_that_is_cancelled_before_it_begins_leaves_what_there_was(cloud: FakeCloud, job: BatchJob) -> None:
    retry(job.ref, cloud.backend)
    cancel(job.ref, cloud.backend)
    assert len(table(got(cloud, job, "csv"), "csv")) == 10
    cloud.blobs.remove_under(job.ref.folder + "results.jsonl")
    with pytest.raises(Conflict):
        got(cloud, job, "jsonl")


@pytest.mark.parametrize("keep", [("shop", "line"), "all"])
def test_results_join_to_their_rows(keep: Any) -> None:
    cloud = FakeCloud()
    text = "sku;text;shop;line\n7;a;x;1\n8;;y;2\n9;b;=z;3\n"
    cloud.blobs.put("uploads/acme/rows.csv", text.encode())
    body = {"upload": "rows.csv", "template": "{text}", "id_column": "sku", "keep_columns": keep}
    job = cloud.run(create_batch(CreateBatch.model_validate(body), ACME, cloud.backend))
    results = cloud.results(job)
    assert [(each["custom_id"], each["line"], each["row"]) for each in results] == [("7", 2, 0), ("9", 4, 2)]
    assert {each["columns"]["shop"] for each in results} == {"x", "=z"}
    assert (job.total, job.rejected) == (2, 1)
    rows = table(got(cloud, job, "csv"), "csv")
    assert [(each["row"], each["shop"], each["input.line"]) for each in rows] == [("0", "x", "1"), ("2", "'=z", "3")]
    assert got(cloud, job, "parquet") is None
    deliver(cloud)
    rows = table(got(cloud, job, "parquet"), "parquet")
    assert [(each["row"], each["shop"], each["input.line"]) for each in rows] == [(0, "x", "1"), (2, "=z", "3")]
    assert all("cost_usd" in each for each in rows)
