"""OpenAI's surface on fakes: states, files and their times, and what makes a batch the same."""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import md5
from typing import Any

import pytest
from openai.types import Batch, FileObject, Upload

from fanfold.batches.model.batch import BatchJob, Mode
from fanfold.batches.views import download as forms
from fanfold.batches.views.download import Prepare, make_export
from fanfold.dropin import files as stored
from fanfold.dropin.jobs import Call, found
from fanfold.dropin.openai import batches, files, uploads
from fanfold.dropin.openai.files import AnnouncedFile, FilePaging, SentFile
from fanfold.dropin.openai.objects import OpenAIBatch, OpenAICreate, OpenAIFile
from fanfold.dropin.openai.uploads import CompleteUpload, CreateOpenAIUpload, OpenAIUpload
from fanfold.errors import Conflict, Invalid, JobRefused, KeyReused, NotFound, TooLarge
from tests.fakes.cloud import FakeCloud

Calls = Callable[..., Call]


def sent(cloud: FakeCloud, *prompts: str, model: str = "echo-1", name: str = "a.jsonl") -> OpenAIFile:
    asked = {"method": "POST", "url": "/v1/chat/completions"}
    bodies = ({"model": model, "messages": [{"role": "user", "content": prompt}]} for prompt in prompts)
    lines = [json.dumps({"custom_id": f"id-{n}", **asked, "body": body}) for n, body in enumerate(bodies)]
    content = "\n".join(lines or ["no json"]).encode()
    return files.create(SentFile(purpose="batch", name=name, body=content), "acme", cloud.backend)


def created(cloud: FakeCloud, call: Call, file: str, **more: Any) -> OpenAIBatch:
    given = {"input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    made = batches.create(OpenAICreate.model_validate(given | more), call, cloud.backend)
    Batch.model_validate_json(made.model_dump_json())
    return made


def job_of(cloud: FakeCloud, id: str) -> BatchJob:
    return found("acme", id, batches.PREFIX, cloud.backend)


def run(cloud: FakeCloud, id: str) -> OpenAIBatch:
    cloud.run(job_of(cloud, id))
    return batches.retrieve("acme", id, cloud.backend)


def content(cloud: FakeCloud, file: str | None) -> bytes:
    got = files.contents("acme", file or "", 10**9, cloud.backend)
    return cloud.blobs.follow(got.url) if got.url else got.body or b""


class TestBatches:
    def test_what_failed_is_in_the_error_file_and_the_rest_in_the_output(self, cloud: FakeCloud, call: Calls) -> None:
        cloud.provider.refused = {"b"}
        made = created(cloud, call(), sent(cloud, "a", "b").id)
        assert made.status == "validating"
        batch = run(cloud, made.id)
        assert batch.status == "completed"
        assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (2, 1, 1)
        assert [json.loads(each)["custom_id"] for each in content(cloud, batch.output_file_id).splitlines()] == ["id-0"]
        assert [json.loads(each)["custom_id"] for each in content(cloud, batch.error_file_id).splitlines()] == ["id-1"]
        assert batch.usage["total_tokens"] == batch.usage["input_tokens"] + batch.usage["output_tokens"]

    def test_a_batch_of_which_all_failed_has_no_output(self, cloud: FakeCloud, call: Calls) -> None:
        cloud.provider.refused = {"a"}
        batch = run(cloud, created(cloud, call(), sent(cloud, "a").id).id)
        assert (batch.status, batch.output_file_id) == ("completed", None)
        assert batch.error_file_id

    def test_a_window_is_a_deadline_but_for_the_usual_one(self, cloud: FakeCloud, call: Calls) -> None:
        file = sent(cloud, "a").id
        given: list[tuple[dict[str, Any], int | None]] = [
            ({}, None),
            ({"completion_window": "6h", "mode": "auto"}, 6),
            ({"mode": Mode.REALTIME}, 24),
        ]
        for more, hours in given:
            made = created(cloud, call(), file, **more)
            wanted = cloud.now + timedelta(hours=hours) if hours else None
            assert job_of(cloud, made.id).options.deadline == wanted
            assert made.expires_at == int((cloud.now + timedelta(hours=hours or 24)).timestamp())
        with pytest.raises(ValueError, match="completion_window"):
            created(cloud, call(), file, completion_window="1 day")

    def test_what_came_too_late_makes_the_batch_expired(self, cloud: FakeCloud, call: Calls) -> None:
        cloud.provider.refused = {"a"}
        made = created(cloud, call(), sent(cloud, "a", "b").id)
        cloud.wait(24 * 3600)
        batch = run(cloud, made.id)
        assert batch.status == "expired"
        assert batch.expired_at == batch.finalizing_at != batch.completed_at
        assert batch.output_file_id

    def test_a_file_of_which_nothing_can_be_run_fails_with_its_lines(self, cloud: FakeCloud, call: Calls) -> None:
        made = created(cloud, call(), sent(cloud).id)
        with pytest.raises(JobRefused, match="can be run"):
            cloud.run(job_of(cloud, made.id))
        assert batches.retrieve("acme", made.id, cloud.backend).request_counts.failed == 1

    def test_it_is_final_only_when_its_large_files_are_there(
        self, cloud: FakeCloud, call: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forms, "AT_ONCE_BYTES", 10)
        made = created(cloud, call(), sent(cloud, "a").id)
        assert run(cloud, made.id).status == "finalizing"
        for text in cloud.exports.messages:
            make_export(Prepare.model_validate_json(text), cloud.backend)
        batch = batches.retrieve("acme", made.id, cloud.backend)
        assert batch.status == "completed"
        output = files.retrieve_file("acme", batch.output_file_id or "", cloud.backend)
        assert output.bytes == len(content(cloud, batch.output_file_id)) > 0
        assert files.contents("acme", output.id, 10**9, cloud.backend).url

    def test_cancelling(self, cloud: FakeCloud, call: Calls) -> None:
        made = created(cloud, call(), sent(cloud, "a").id)
        assert batches.cancel("acme", made.id, False, cloud.backend).status == "cancelled"
        assert batches.cancel("acme", made.id, True, cloud.backend).status == "cancelled"
        with pytest.raises(Conflict, match="Cannot cancel a batch with status 'cancelled'"):
            batches.cancel("acme", made.id, False, cloud.backend)

    def test_pages(self, cloud: FakeCloud, call: Calls) -> None:
        file = sent(cloud, "a").id
        ids = []
        for _ in range(5):
            cloud.wait(1)
            ids.append(created(cloud, call(), file).id)
        seen: list[str] = []
        after = None
        while True:
            page = batches.listed("acme", batches.OpenAIPaging(after=after, limit=2), cloud.backend)
            seen += [each.id for each in page.data]
            assert (page.first_id, page.last_id) == (page.data[0].id, page.data[-1].id)
            if not page.has_more:
                break
            after = page.last_id
        assert seen == ids[::-1]
        with pytest.raises(NotFound):
            batches.listed("acme", batches.OpenAIPaging(after="batch_x"), cloud.backend)
        with pytest.raises(NotFound):
            batches.retrieve("other", ids[0], cloud.backend)

    @pytest.mark.parametrize("wrong", ["file-out-b1", "file-err-b1"])
    def test_results_are_no_input(self, cloud: FakeCloud, call: Calls, wrong: str) -> None:
        with pytest.raises(Invalid, match="purpose"):
            created(cloud, call(), wrong)


class TestTheSameCall:
    def test_again_by_the_sdk(self, cloud: FakeCloud, call: Calls) -> None:
        file = sent(cloud, "a").id
        first = created(cloud, call(), file).id
        assert created(cloud, call(again=True), file).id == first
        assert created(cloud, call(), file).id != first
        assert created(cloud, call(again=True), file, metadata={"a": "b"}).id != first
        cloud.wait(16 * 60)
        assert created(cloud, call(again=True), file).id not in (first,)

    def test_by_its_key(self, cloud: FakeCloud, call: Calls) -> None:
        file = sent(cloud, "a").id
        first = created(cloud, call(key="k", keyed=True), file, completion_window="3h", mode="auto").id
        cloud.wait(60)
        assert created(cloud, call(key="k", keyed=True), file, completion_window="3h", mode="auto").id == first
        with pytest.raises(KeyReused):
            created(cloud, call(key="k", keyed=True), file)


class TestFiles:
    def test_they_are_listed_in_both_orders(self, cloud: FakeCloud) -> None:
        made = []
        for name in ("a", "b/c", "größe 1.jsonl"):
            cloud.wait(1)
            made.append(sent(cloud, "x", name=name))
            FileObject.model_validate_json(made[-1].model_dump_json())
        assert [each.filename for each in made] == ["a", "b/c", "größe 1.jsonl"]
        page = files.listed("acme", FilePaging(limit=2), cloud.backend)
        assert ([each.id for each in page.data], page.has_more) == ([made[2].id, made[1].id], True)
        rest = files.listed("acme", FilePaging(after=page.last_id), cloud.backend)
        assert ([each.id for each in rest.data], rest.has_more) == ([made[0].id], False)
        forward = files.listed("acme", FilePaging(order="asc", after=made[0].id), cloud.backend)
        assert forward.data == made[1:]
        assert files.listed("acme", FilePaging(purpose="fine-tune"), cloud.backend).data == []
        assert files.listed("other", FilePaging(), cloud.backend).data == []

    def test_one_goes_when_its_time_is_over(self, cloud: FakeCloud) -> None:
        short = stored.store(b"x", "a", 3600, "acme", cloud.backend)
        long = stored.store(b"x", "a", None, "acme", cloud.backend)
        assert long.expires_at - long.created_at == timedelta(days=30)
        cloud.wait(3601)
        with pytest.raises(NotFound):
            files.retrieve_file("acme", short.id, cloud.backend)
        assert [each.id for each in files.listed("acme", FilePaging(), cloud.backend).data] == [long.id]

    def test_results_can_be_had_for_as_long_as_was_asked(self, cloud: FakeCloud, call: Calls) -> None:
        after = {"anchor": "created_at", "seconds": 7200}
        batch = run(cloud, created(cloud, call(), sent(cloud, "a").id, output_expires_after=after).id)
        assert content(cloud, batch.output_file_id)
        cloud.wait(7201)
        with pytest.raises(NotFound):
            content(cloud, batch.output_file_id)

    def test_deleted_ones_are_gone(self, cloud: FakeCloud, call: Calls) -> None:
        file = sent(cloud, "a")
        batch = run(cloud, created(cloud, call(), file.id).id)
        for id in (file.id, batch.output_file_id or ""):
            assert files.delete("acme", id, cloud.backend).deleted
            with pytest.raises(NotFound):
                content(cloud, id)
            with pytest.raises(NotFound):
                files.delete("acme", id, cloud.backend)

    @pytest.mark.parametrize(("purpose", "body"), [("fine-tune", b"x"), ("batch_output", b"x"), ("batch", b"")])
    def test_what_is_no_input_is_refused(self, cloud: FakeCloud, purpose: str, body: bytes) -> None:
        with pytest.raises(Invalid):
            files.create(SentFile(purpose=purpose, name="a", body=body), "acme", cloud.backend)

    def test_the_model_is_found_behind_long_prompts(self, cloud: FakeCloud, call: Calls) -> None:
        made = created(cloud, call(), sent(cloud, "x" * 100_000).id)
        assert made.model == "echo-1"
        with pytest.raises(Invalid, match="nobodys"):
            created(cloud, call(), sent(cloud, "a", model="nobodys").id)


class TestUploads:
    def begun(self, cloud: FakeCloud, size: int = 6, **more: Any) -> OpenAIUpload:
        given = {"bytes": size, "filename": "a.jsonl", "mime_type": "application/jsonl", "purpose": "batch"}
        made = uploads.create(CreateOpenAIUpload.model_validate(given | more), "acme", cloud.backend)
        Upload.model_validate_json(made.model_dump_json())
        return made

    def test_parts_become_a_file_in_the_order_that_is_named(self, cloud: FakeCloud) -> None:
        made = self.begun(cloud, expires_after={"anchor": "created_at", "seconds": 3600})
        parts = [uploads.add_part("acme", made.id, body, cloud.backend).id for body in (b"def", b"no", b"abc")]
        asked = CompleteUpload(part_ids=[parts[2], parts[0]], md5=md5(b"abcdef").hexdigest())
        done = uploads.complete("acme", made.id, asked, cloud.backend)
        assert done.file is not None
        assert (done.status, done.file.expires_at) == ("completed", done.file.created_at + 3600)
        assert content(cloud, done.file.id) == b"abcdef"
        assert [key for key in cloud.blobs.objects if "upload_" in key] == []

    def test_what_is_not_as_it_was_said_to_be_is_refused(self, cloud: FakeCloud) -> None:
        made = self.begun(cloud)
        part = uploads.add_part("acme", made.id, b"abcdef", cloud.backend).id
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"part_ids": ["part_x"]}, "part_ids.0"),
            ({"part_ids": [part, part]}, "part_ids"),
            ({"part_ids": [part], "md5": "0"}, "md5"),
        ]
        for asked, field in wrong:
            with pytest.raises(Invalid) as refused:
                uploads.complete("acme", made.id, CompleteUpload.model_validate(asked), cloud.backend)
            assert refused.value.flaws[0].field == field
        with pytest.raises(Invalid):
            uploads.add_part("acme", made.id, b"", cloud.backend)
        assert uploads.complete("acme", made.id, CompleteUpload(part_ids=[part]), cloud.backend).file

    def test_over_is_over(self, cloud: FakeCloud) -> None:
        cancelled, late, done = (self.begun(cloud, 1) for _ in range(3))
        assert uploads.cancel("acme", cancelled.id, cloud.backend).status == "cancelled"
        part = uploads.add_part("acme", done.id, b"x", cloud.backend).id
        uploads.complete("acme", done.id, CompleteUpload(part_ids=[part]), cloud.backend)
        for id, said in ((cancelled.id, "cancelled"), (done.id, "completed")):
            with pytest.raises(Invalid, match=said):
                uploads.add_part("acme", id, b"x", cloud.backend)
            with pytest.raises(Invalid, match=said):
                uploads.cancel("acme", id, cloud.backend)
        cloud.wait(3601)
        with pytest.raises(Invalid, match="expired"):
            uploads.add_part("acme", late.id, b"x", cloud.backend)
        for tenant, id in (("other", late.id), ("acme", "upload_x"), ("acme", "upload_" + "0" * 26)):
            with pytest.raises(NotFound):
                uploads.add_part(tenant, id, b"x", cloud.backend)

    def test_too_much_and_another_purpose_are_refused_before_anything_is_sent(self, cloud: FakeCloud) -> None:
        with pytest.raises(TooLarge):
            self.begun(cloud, 10**10)
        with pytest.raises(Invalid):
            self.begun(cloud, purpose="fine-tune")

    def test_a_large_file_is_announced(self, cloud: FakeCloud) -> None:
        asked = AnnouncedFile(purpose="batch", filename="a.jsonl", bytes=5)
        place = files.announce(asked, "acme", cloud.backend)
        with pytest.raises(NotFound):
            files.retrieve_file("acme", place.file.id, cloud.backend)
        assert not cloud.blobs.receive(place.form, b"123456")
        assert cloud.blobs.receive(place.form, b"12345")
        assert files.retrieve_file("acme", place.file.id, cloud.backend) == place.file
