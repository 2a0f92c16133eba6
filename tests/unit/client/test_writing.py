"""`fanfold session` and the client's writing part, with a service that is not there."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from fanfold_client import Conflict, Fanfold
from tests.unit.client.conftest import Run, Terminal
from tests.unit.client.service import API, CREATED, KEY, STORAGE, Service, Wire, problem

SESSION = {"id": "s1", "state": "trained", "name": "style", "created_at": CREATED, "last_activity": CREATED}
JOB = {"id": "w1", "session": "s1", "task": "write", "title": "Boats", "created_at": CREATED, "words": 590}


class Studio(Service):
    """The service with a session; `looks` is what its job is, look by look."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = ["pending", "generating", "completed"]
        self.asked: list[dict[str, Any]] = []  # type: ignore[assignment]
        self.text = b"# Boats\n\nA text.\n"

    def _api(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().split("?")[0].removeprefix("/v1/").split("/")
        if request.method in ("POST", "PATCH") and request.content.startswith(b"{"):
            self.asked.append(json.loads(request.content))
        match (request.method, *path):
            case ("POST", "sessions") | ("GET" | "PATCH", "sessions", "s1"):
                return httpx.Response(200, json=SESSION)
            case ("GET", "sessions"):
                return httpx.Response(200, json={"sessions": [SESSION], "cursor": None})
            case ("DELETE", "sessions", "s1"):
                return httpx.Response(202, json={"id": "s1", "state": "deleting"})
            case ("GET", "sessions", "s1", "history"):
                return httpx.Response(200, json={"jobs": [JOB | {"state": "completed"}], "cursor": None})
            case ("POST", "sessions", "s1", "uploads"):
                form = {"url": STORAGE, "fields": {"key": "a/style.pdf"}}
                return httpx.Response(201, json={"upload": "a/style.pdf", "form": form, "max_bytes": 1000})
            case ("POST", "sessions", "s1", "train" | "generate"):
                return httpx.Response(202, json=JOB | {"state": "pending"})
            case ("POST", "sessions", _, "generate"):
                return problem(409, "Not in this state", "session s2 is not trained yet", field="session")
            case ("GET", "jobs", "w1"):
                state = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
                error = {"error": "encrypted"} if state == "failed" else {}
                sections = [{"number": 1, "title": "One", "state": "written"}]
                more = {"percent": 50, "sections": sections, "notes": ["a note"]}
                return httpx.Response(200, json=JOB | {"state": state} | more | error)
            case ("GET", "jobs", "w1", "text"):
                return httpx.Response(200, json=self._so_far())
            case ("POST", "jobs", "w1", "cancel"):
                return httpx.Response(202, json=JOB | {"state": "cancelled"})
            case ("GET", "jobs"):
                return httpx.Response(200, json={"jobs": [JOB | {"state": "completed"}], "cursor": None})
            case ("GET", "sessions", "s1", "documents"):
                document = {"id": "d1", "title": "Ours", "kind": "pdf", "state": "ready", "pages": 3, "words": 900}
                return httpx.Response(200, json={"documents": [document]})
            case ("GET" | "PATCH", "sessions", "s1", "profile"):
                style = {"voice": "plain", "devices": ["lists", "examples"]}
                return httpx.Response(200, json={"style": style, "summary": "Harbours.", "version": 2})
            case ("POST", "sessions", "s1", "reset"):
                return httpx.Response(202, json=SESSION | {"state": "new"})
            case ("GET", "results", "w1"):
                self.objects["text"] = self.text
                return httpx.Response(200, json={"url": f"{STORAGE}/text"})
        return super()._api(request)

    def _so_far(self) -> dict[str, Any]:
        """One section more with each look."""
        written = len([call for call in self.calls if call.url.path.endswith("/text")])
        sections = [
            {"number": n, "title": title, "state": "written", "text": f"{title} is told."} if n <= written
            else {"number": n, "title": title, "state": "writing", "text": "It is beg"}
            for n, title in enumerate(("One", "Two"), 1)
        ]  # fmt: skip
        return {"id": "w1", "state": "generating", "title": "Boats", "sections": sections}


@pytest.fixture
def service() -> Studio:
    return Studio()


def test_a_session_is_created_listed_shown_and_deleted(run: Run, service: Studio) -> None:
    assert run("session", "create", "--name", "style", "--tone", "dry").out.startswith("id\ts1\nstate\ttrained")
    assert service.asked == [{"name": "style", "tone": "dry"}]
    assert run("session", "list").out.startswith("s1\ttrained\tstyle\t")
    assert json.loads(run("session", "show", "s1", "--json", "id,tokens.input").out) == {"id": "s1", "tokens.input": 0}
    assert run("session", "show", "s1", "--jobs").out.startswith("w1\twrite\tcompleted\tBoats")
    assert run("session", "delete", "s1").code == 2
    assert run("session", "delete", "s1", "--yes").code == 0
    assert service.said[-1] == "DELETE /v1/sessions/s1"


def test_a_pdf_is_sent_with_a_form_and_trained_on(run: Run, service: Studio, tmp_path: Path) -> None:
    file = tmp_path / "style.pdf"
    file.write_bytes(b"%PDF-1.7 and so on")
    ran = run("session", "train", "s1", str(file), "--title", "Ours")
    assert ran.code == 0
    assert service.objects["a/style.pdf"] == b"%PDF-1.7 and so on"
    assert service.asked == [{"filename": "style.pdf"}, {"upload": "a/style.pdf", "title": "Ours"}]
    assert "generating 50 %" in ran.err
    other = tmp_path / "style.txt"
    other.write_bytes(b"%PDF-1.7 by its first bytes")
    assert run("session", "train", "s1", str(other), "--no-wait").code == 0
    assert service.objects["a/style.pdf"] == b"%PDF-1.7 by its first bytes"
    assert service.asked[-2] == {"filename": "style.pdf"}
    file.write_bytes(b"%PDF-" + bytes(2000))
    assert "may have 1,000" in run("session", "train", "s1", str(file)).err


def test_a_text_is_trained_on_as_it_is(run: Run, service: Studio, tmp_path: Path) -> None:
    file = tmp_path / "style.md"
    file.write_text("# Ours")
    assert run("session", "train", "s1", str(file), "--no-wait").code == 0
    assert service.asked == [{"text": "# Ours", "title": "style"}]


def test_a_training_that_fails_says_why(run: Run, service: Studio, tmp_path: Path) -> None:
    service.looks = ["failed"]
    (tmp_path / "a.md").write_text("x")
    ran = run("session", "train", "s1", str(tmp_path / "a.md"))
    assert ran.code == 1
    assert "error\tencrypted" in ran.out


def test_a_text_is_written_and_printed_or_saved(run: Run, service: Studio, tmp_path: Path) -> None:
    out = tmp_path / "boats.docx"
    options = ("--words", "600", "--section", "One", "--section", "Two", "--sources")
    ran = run("session", "generate", "s1", "Boats", *options, "-o", str(out))
    assert (ran.code, out.read_bytes()) == (0, service.text)
    assert "a note" in ran.err
    wanted = {"topic": "Boats", "words": 600, "format": "docx", "sources": True, "fresh": False}
    assert service.asked == [wanted | {"outline": [{"title": "One"}, {"title": "Two"}]}]
    shown = run("session", "generate", "s1", "Boats", "--json", "id,state")
    assert json.loads(shown.out) == {"id": "w1", "state": "completed"}


def test_a_refusal_is_told(run: Run) -> None:
    ran = run("session", "generate", "s2", "Boats")
    assert ran.code == 3
    assert "not trained yet" in ran.err
    assert run("session", "generate", "s1", "Boats", "--words", "0").code == 2


def test_a_terminal_is_spared_binary(run: Run, terminal: Terminal) -> None:
    with terminal.shown():
        assert run("session", "generate", "s1", "Boats", "--format", "pdf").code == 2


def test_the_client_waits_through_outages(service: Studio) -> None:
    with Fanfold(API, KEY, transport=Wire(service), pause=service.pauses.append) as fanfold:
        service.faults = [httpx.ConnectError("away")] * 4
        assert fanfold.jobs.wait("w1").state == "completed"
        assert fanfold.jobs.result("w1") == service.text
        with pytest.raises(Conflict):
            fanfold.sessions.generate("s2", "x", 100)
        assert [job.id for job in fanfold.sessions.history("s1")] == ["w1"]
        assert fanfold.sessions.edit("s1", name="x").id == "s1"


def test_a_text_is_printed_as_it_comes(run: Run, service: Studio) -> None:
    service.looks = ["pending", "generating", "generating", "completed"]
    ran = run("session", "generate", "s1", "Boats", "--live")
    assert ran.out == "# Boats\n\n## One\n\nOne is told.\n\n## Two\n\nTwo is told.\n\n"
    assert ran.code == 0
    service.calls.clear()
    assert run("session", "text", "w1").out == "# Boats\n\n## One\n\nOne is told.\n\n"
    service.looks = ["failed"]
    assert run("session", "text", "w1", "--follow").code == 1


def test_a_whole_text_is_saved_in_the_form_of_its_name(run: Run, service: Studio, tmp_path: Path) -> None:
    out = tmp_path / "boats.docx"
    assert run("session", "text", "w1", "-o", str(out)).code == 0
    assert out.read_bytes() == service.text
    assert next(call for call in service.calls if "results" in call.url.path).url.params["format"] == "docx"


def test_jobs_are_listed_shown_and_cancelled(run: Run) -> None:
    assert run("session", "jobs").out.startswith("w1\twrite\tcompleted\tBoats")
    assert "state\tpending" in run("session", "job", "w1").out
    assert "state\tcancelled" in run("session", "cancel", "w1").out
    assert run("session", "show", "s1", "--documents").out == "d1\tready\tpdf\t3\t900\tOurs\t\n"


def test_a_profile_is_shown_and_corrected(run: Run, service: Studio) -> None:
    ran = run("session", "profile", "show", "s1")
    assert "summary\tHarbours.\nvoice\tplain\n" in ran.out
    assert "devices\tlists; examples\n" in ran.out
    run("session", "profile", "edit", "s1", "--voice", "dry", "--avoid", "puns", "--avoid", "slang", "--summary", "x")
    assert service.asked == [{"style": {"voice": "dry", "avoid": ["puns", "slang"]}, "summary": "x"}]
    assert run("session", "profile", "edit", "s1").code == 2


def test_a_session_is_edited_and_reset(run: Run, service: Studio) -> None:
    run("session", "edit", "s1", "--tone", "dry")
    assert service.asked == [{"tone": "dry"}]
    assert run("session", "edit", "s1").code == 2
    assert run("session", "reset", "s1").code == 2
    assert "state\tnew" in run("session", "reset", "s1", "--yes").out


def test_a_word_document_is_trained_on(run: Run, service: Studio, tmp_path: Path) -> None:
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Ours</w:t></w:r></w:p>'
    body = "<w:p><w:r><w:t>We write </w:t></w:r><w:r><w:t>plainly.</w:t></w:r></w:p><w:p/>"
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with ZipFile(tmp_path / "style.docx", "w") as packed:
        packed.writestr(
            "word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{heading}{body}</w:body></w:document>'
        )
    assert run("session", "train", "s1", str(tmp_path / "style.docx"), "--no-wait").code == 0
    assert service.asked == [{"text": "# Ours\n\nWe write plainly.", "title": "style"}]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("a.xlsx", b"PK", "a.xlsx is no document to train on: give a PDF"),
        ("a.docx", b"no zip", "a.docx is no Word document"),
        ("a.txt", b"\x00\x01\x02", "a.txt is no text"),
        ("a.md", b" \n", "a.md holds no text"),
    ],
)
def test_a_wrong_kind_of_document_is_a_sentence(name: str, body: bytes, said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(body)
    ran = run("session", "train", "s1", str(tmp_path / name))
    assert ran.code == 3
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_text_in_any_usual_encoding_is_read(encoding: str, run: Run, service: Studio, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Häfen".encode(encoding))
    run("session", "train", "s1", str(tmp_path / "a.txt"), "--no-wait")
    assert service.asked[0]["text"] == "Häfen"
