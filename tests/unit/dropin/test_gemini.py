"""Gemini's surface on fakes: operations, answers in the batch, files that are sent to a place of their own."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fanfold.batches.views import download as forms
from fanfold.batches.views.download import Prepare, make_export
from fanfold.dropin.gemini import batches, files
from fanfold.dropin.gemini.objects import GeminiCreate, UploadAsked
from fanfold.dropin.jobs import Call, found
from fanfold.errors import Conflict, Invalid, NotFound, TooLarge
from tests.fakes.cloud import FakeCloud

Calls = Callable[..., Call]
REQUEST = {"messages": [{"role": "user", "content": "a"}]}


@pytest.fixture
def cloud(cloud: FakeCloud) -> FakeCloud:
    """The provider of the models takes Gemini's requests as they are."""
    cloud.plugins["gemini"] = cloud.provider
    return cloud


def inline(*prompts: str) -> dict[str, Any]:
    requests = [
        {"request": {"messages": [{"role": "user", "content": prompt}]}, "metadata": {"n": prompt}}
        for prompt in prompts
    ]
    return {"requests": {"requests": requests}}


def created(cloud: FakeCloud, call: Call, source: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = GeminiCreate.model_validate({"batch": {"displayName": "ours", "inputConfig": source}} | more)
    return batches.create("echo-1", asked, call, cloud.backend)


def run(cloud: FakeCloud, name: str) -> dict[str, Any]:
    cloud.run(found("acme", name, batches.PREFIX, cloud.backend))
    return batches.retrieve("acme", name.removeprefix("batches/"), cloud.backend)


def sent(cloud: FakeCloud, body: bytes) -> dict[str, Any]:
    asked = UploadAsked.model_validate({"file": {"displayName": "a.jsonl", "mimeType": "jsonl"}})
    session = files.start(asked, len(body), 1000, "acme", cloud.backend)
    made: dict[str, Any] = files.receive(session, "upload, finalize", body, cloud.backend)["file"]
    with pytest.raises(NotFound):
        files.receive(session, "upload, finalize", body, cloud.backend)
    return made


def test_answers_are_in_the_batch_in_order_with_their_metadata(cloud: FakeCloud, call: Calls) -> None:
    cloud.provider.refused = {"p-3"}
    prompts = [f"p-{n}" for n in range(8)]
    made = created(cloud, call(), inline(*prompts))
    metadata = made["metadata"]
    assert (made["done"], metadata["state"], metadata["displayName"]) == (False, "BATCH_STATE_PENDING", "ours")
    assert metadata["batchStats"]["pendingRequestCount"] == "8"
    batch = run(cloud, made["name"])
    assert (batch["done"], batch["metadata"]["state"]) == (True, "BATCH_STATE_SUCCEEDED")
    answers = batch["metadata"]["output"]["inlinedResponses"]["inlinedResponses"]
    assert [each["metadata"] for each in answers] == [{"n": prompt} for prompt in prompts]
    assert [n for n, each in enumerate(answers) if "error" in each] == [3]
    (listed,) = batches.listed("acme", batches.GeminiPaging(), cloud.backend)["operations"]
    assert listed["metadata"]["output"]["responsesFile"]


def test_answers_that_are_too_large_are_in_a_file(
    cloud: FakeCloud, call: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "AT_ONCE_BYTES", 10)
    made = created(cloud, call(), inline("a"))
    assert run(cloud, made["name"])["metadata"]["state"] == "BATCH_STATE_RUNNING"
    for text in cloud.exports.messages:
        make_export(Prepare.model_validate_json(text), cloud.backend)
    batch = batches.retrieve("acme", made["name"].removeprefix("batches/"), cloud.backend)
    name = batch["metadata"]["output"]["responsesFile"].removeprefix("files/")
    told = files.retrieve("acme", name, cloud.backend)
    assert files.contents("acme", name, True, cloud.backend).url
    body = files.contents("acme", name, False, cloud.backend).body or b""
    assert len(body) == int(told["sizeBytes"])
    assert json.loads(body)["key"] == "request-0"


def test_a_file_is_sent_and_asked(cloud: FakeCloud, call: Calls) -> None:
    body = json.dumps({"key": "k", "request": REQUEST}).encode()
    file = sent(cloud, body)
    assert (file["displayName"], file["sizeBytes"]) == ("a.jsonl", str(len(body)))
    batch = run(cloud, created(cloud, call(), {"fileName": file["name"]})["name"])
    name = batch["metadata"]["output"]["responsesFile"].removeprefix("files/")
    assert [
        json.loads(each)["key"]
        for each in (files.contents("acme", name, False, cloud.backend).body or b"").splitlines()
    ] == ["k"]
    with pytest.raises(Conflict):
        files.contents("acme", file["name"].removeprefix("files/"), False, cloud.backend)
    with pytest.raises(Conflict):
        files.delete("acme", name, cloud.backend)


def test_what_can_not_be_sent_is_refused(cloud: FakeCloud) -> None:
    asked = UploadAsked()
    with pytest.raises(TooLarge):
        files.start(asked, 1001, 1000, "acme", cloud.backend)
    with pytest.raises(Invalid, match="empty"):
        files.start(asked, 0, 1000, "acme", cloud.backend)
    named = UploadAsked.model_validate({"file": {"name": "files/mine"}})
    with pytest.raises(Invalid, match="names"):
        files.start(named, 1, 1000, "acme", cloud.backend)
    session = files.start(asked, 10, 1000, "acme", cloud.backend)
    with pytest.raises(Invalid, match="one part"):
        files.receive(session, "upload", b"x", cloud.backend)
    cloud.wait(3700)
    for place in (session, "acme." + "0" * 48, "../x", ""):
        with pytest.raises(NotFound):
            files.receive(place, "upload, finalize", b"x", cloud.backend)


def test_ends(cloud: FakeCloud, call: Calls) -> None:
    name = created(cloud, call(), inline("a"))["name"].removeprefix("batches/")
    batches.cancel("acme", name, cloud.backend)
    with pytest.raises(Conflict):
        batches.cancel("acme", name, cloud.backend)
    assert batches.retrieve("acme", name, cloud.backend)["metadata"]["state"] == "BATCH_STATE_CANCELLED"
    batches.delete("acme", name, cloud.backend)
    with pytest.raises(NotFound):
        batches.retrieve("acme", name, cloud.backend)


@pytest.mark.parametrize("source", [{}, {"fileName": "files/x", "requests": {"requests": [{"request": REQUEST}]}}])
def test_there_is_exactly_one_source(cloud: FakeCloud, call: Calls, source: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="either"):
        created(cloud, call(), source)


def test_pages(cloud: FakeCloud, call: Calls) -> None:
    names = []
    for n in range(3):
        cloud.wait(1)
        names.append(created(cloud, call(), inline(f"{n}"))["name"])
    first = batches.listed("acme", batches.GeminiPaging(pageSize=2), cloud.backend)
    assert [each["name"] for each in first["operations"]] == names[:0:-1]
    rest = batches.listed("acme", batches.GeminiPaging(pageSize=2, pageToken=first["nextPageToken"]), cloud.backend)
    assert ([each["name"] for each in rest["operations"]], "nextPageToken" in rest) == (names[:1], False)
