"""Writing sessions over HTTP: a PDF is learnt from, texts are written by each provider's model, nothing is left."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from fanfold_client import Conflict, Fanfold, NotFound, Refused
from fanfold_client.models import WritingSession
from local.stack import LocalStack
from tests.fakes import pdfs
from tests.waiting import until

PAGE = "The harbour wakes before the town does. Ropes are wet, and nobody speaks of the night. " * 12


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("papers") / "style.pdf"
    file.write_bytes(pdfs.pdf(PAGE, "", PAGE[::2]))
    return file


@pytest.fixture(scope="module")
def trained(fanfold: Fanfold, paper: Path) -> WritingSession:
    session = fanfold.sessions.create(name="house style")
    job = fanfold.jobs.wait(fanfold.sessions.train_file(session.id, paper).id)
    assert (job.state, job.error) == ("completed", None)
    return fanfold.sessions.get(session.id)


def files(stack: LocalStack) -> list[str]:
    """Names of files at the emulated Anthropic."""
    assert stack.provider
    headers = {"Authorization": "Bearer sk-emulated", "anthropic-version": "2023-06-01"}
    found = httpx.get(
        f"{stack.provider.anthropic_base_url}/v1/files", headers=headers, params={"limit": 1000}, timeout=300
    )
    return [each["filename"] for each in found.json()["data"]]


def test_a_session_learns_from_a_pdf(fanfold: Fanfold, stack: LocalStack, trained: WritingSession) -> None:
    document = fanfold.sessions.documents(trained.id)[0]
    assert (document.state, document.pages) == ("ready", 3)
    assert document.model_dump()["pages_without_text"] == (2,) or document.model_dump()["pages_without_text"] == [2]
    assert [name for name in files(stack) if trained.id in name] == [f"fanfold-{trained.id}-0001-{document.id}.pdf"]
    profile = fanfold.sessions.profile(trained.id)
    assert profile.summary
    edited = fanfold.sessions.edit_profile(trained.id, style={"voice": "plain"})
    assert (edited.style.voice, edited.version) == ("plain", 2)


def test_a_text_of_600_words_comes_in_every_form(fanfold: Fanfold, trained: WritingSession) -> None:
    seen: list[str] = []
    begun = fanfold.sessions.generate(trained.id, "What a harbour is for", words=600, sources=True)
    job = fanfold.jobs.wait(begun.id, lambda job: seen.append(job.state))
    assert (job.state, job.error, job.within) == ("completed", None, True)
    assert abs(job.words - 600) <= 60
    assert job.tokens.cached > 0
    assert "generating" in seen or "pending" in seen
    forms = {name: fanfold.jobs.result(job.id, name) for name in ("markdown", "html", "docx", "pdf")}
    assert b"## Sources" in forms["markdown"]
    assert forms["html"].startswith(b"<!doctype html>")
    assert forms["docx"].startswith(b"PK")
    assert forms["pdf"].startswith(b"%PDF-")
    assert all(section.text for section in fanfold.jobs.text(job.id).sections)
    assert fanfold.sessions.get(trained.id).tokens.cached >= job.tokens.cached


@pytest.mark.parametrize(("provider", "model"), [("openai", "gpt-5.4-mini"), ("gemini", "gemini-3.5-flash")])
def test_other_providers_write_through_the_same_door(
    fanfold: Fanfold, trained: WritingSession, provider: str, model: str
) -> None:
    begun = fanfold.sessions.generate(trained.id, "Boats", words=200, provider=provider, model=model)
    job = fanfold.jobs.wait(begun.id)
    assert (job.state, job.error, job.model, job.within) == ("completed", None, model, True)


def test_a_job_that_has_not_changed_is_not_sent_again(
    fanfold: Fanfold, stack: LocalStack, trained: WritingSession
) -> None:
    job = next(each for each in fanfold.sessions.history(trained.id) if each.state == "completed")
    key = {"Authorization": f"Bearer {stack.issue_key('acme')}"}
    for path in (f"/v1/jobs/{job.id}", f"/v1/jobs/{job.id}/text"):
        if path.endswith("text") and job.task == "train":
            continue
        first = httpx.get(stack.url + path, headers=key, timeout=300)
        again = httpx.get(stack.url + path, headers=key | {"If-None-Match": f"W/{first.headers['etag']}"}, timeout=300)
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        other = httpx.get(stack.url + path, headers=key | {"If-None-Match": '"another"'}, timeout=300)
        assert other.status_code == 200


def test_bad_documents_are_refused_or_fail_with_their_reason(fanfold: Fanfold, tmp_path: Path) -> None:
    session = fanfold.sessions.create()
    with pytest.raises(Conflict, match="not trained"):
        fanfold.sessions.generate(session.id, "x", words=100)
    bad = {"program": b"MZ" + bytes(2000), "encrypted": pdfs.encrypted(), "pictures": pdfs.pictures()}
    bad["bomb"] = pdfs.bomb()
    for name, body in bad.items():
        (tmp_path / f"{name}.pdf").write_bytes(body)
    with pytest.raises(Refused, match="is no PDF: it is a program for Windows"):
        fanfold.sessions.train_file(session.id, tmp_path / "program.pdf")
    jobs = {name: fanfold.sessions.train_file(session.id, tmp_path / f"{name}.pdf") for name in list(bad)[1:]}
    said = {name: fanfold.jobs.wait(job.id) for name, job in jobs.items()}
    assert {job.state for job in said.values()} == {"failed"}
    reasons = {"encrypted": "encrypted", "pictures": "none of its 2 pages", "bomb": "packed or nested"}
    for name, reason in reasons.items():
        assert reason in (said[name].error or "")
    fanfold.sessions.delete(session.id)


def test_a_form_takes_no_more_than_its_cap(fanfold: Fanfold, stack: LocalStack, trained: WritingSession) -> None:
    key = {"Authorization": f"Bearer {stack.issue_key('acme')}"}
    path = f"{stack.url}/v1/sessions/{trained.id}/uploads"
    made = httpx.post(path, headers=key, json={"filename": "large.pdf"}, timeout=300).json()
    assert made["max_bytes"] == 32 * 1024 * 1024
    large = b"%PDF-1.7" + bytes(made["max_bytes"])
    form: dict[str, Any] = made["form"]
    refused = httpx.post(form["url"], data=form["fields"], files={"file": ("file", large)}, timeout=300)
    assert refused.status_code == 400
    assert "EntityTooLarge" in refused.text
    with pytest.raises(NotFound, match="was the file sent"):
        fanfold.sessions._train(trained.id, {"upload": made["upload"]}, None, None)


@pytest.mark.parametrize("words", [0, 1_000_000])
def test_a_length_out_of_bounds_names_its_field(fanfold: Fanfold, trained: WritingSession, words: int) -> None:
    with pytest.raises(Refused) as refused:
        fanfold.sessions.generate(trained.id, "x", words=words)
    assert [flaw["field"] for flaw in refused.value.flaws] == ["words"]


def test_tenants_do_not_see_each_other(stack: LocalStack, fanfold: Fanfold, trained: WritingSession) -> None:
    job = next(iter(fanfold.sessions.history(trained.id)))
    with Fanfold(stack.url, stack.issue_key("stranger")) as stranger:
        for call in (
            lambda: stranger.sessions.get(trained.id),
            lambda: stranger.jobs.get(job.id),
            lambda: stranger.jobs.result(job.id),
            lambda: stranger.sessions.delete(trained.id),
            lambda: stranger.sessions.train(trained.id, "x"),
        ):
            with pytest.raises(NotFound):
                call()
        assert list(stranger.sessions.list()) == []
        assert list(stranger.jobs.list()) == []


def test_health_tells_what_is_active(fanfold: Fanfold, trained: WritingSession) -> None:
    details = fanfold.health().model_dump()
    assert details["status"] == "ok"
    assert details["active_sessions"] >= 1
    assert details["active_jobs"] == 0


def test_deleting_a_session_that_writes_leaves_nothing(fanfold: Fanfold, stack: LocalStack, paper: Path) -> None:
    session = fanfold.sessions.create(name="short-lived")
    fanfold.jobs.wait(fanfold.sessions.train_file(session.id, paper).id)
    job = fanfold.sessions.generate(session.id, "What is cut short", words=2000)
    fanfold.sessions.delete(session.id)
    with pytest.raises(NotFound):
        fanfold.sessions.get(session.id)
    until(lambda: not _left(stack, session.id, job.id))
    assert [name for name in files(stack) if session.id in name] == []
    with pytest.raises(NotFound):
        fanfold.jobs.get(job.id)


def _left(stack: LocalStack, *ids: str) -> list[str]:
    """Objects and items that have one of these ids in their names."""
    s3, table = stack.cloud.client("s3"), stack.cloud.client("dynamodb")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=stack.cloud.outputs["BucketName"])
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    scanned = table.get_paginator("scan").paginate(TableName=stack.cloud.outputs["TableName"])
    keys += [item["pk"]["S"] + item["sk"]["S"] for page in scanned for item in page["Items"]]
    return [key for key in keys if any(id in key for id in ids)]
