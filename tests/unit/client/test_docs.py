"""Every snippet of docs/python.md runs, one after the other, against a service that is not there."""

import re
from pathlib import Path

import httpx
import pytest

from tests.unit.client.service import API, KEY
from tests.unit.client.test_writing import Studio

PAGE = (Path(__file__).parents[3] / "docs" / "python.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
RESULTS = b'{"custom_id": "row-000000000", "status": "succeeded", "output": "question"}\n'


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Studio:
    """Behind every connection; the environment names it, and files of the page are there."""
    studio = Studio()
    studio.objects |= {"results": RESULTS, "csv": b"series,mean\nparts,3.5\n", "html": b"<html>"}

    async def answered(_: object, request: httpx.Request) -> httpx.Response:
        return studio(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: studio(request))
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answered)
    for name, value in {"FANFOLD_URL": API, "FANFOLD_KEY": KEY, "XDG_CONFIG_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FANFOLD_PROFILE", raising=False)
    monkeypatch.delenv("FANFOLD_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "mails.csv": "text\nhello\n",
        "sales.csv": "date,a\n2024-01,1\n",
        "style.md": "# Ours\n",
    }.items():
        (tmp_path / name).write_text(text)
    return studio


def test_the_page_runs_from_its_top_to_its_end(
    service: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.looks = ["completed"]
    space: dict[str, object] = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "docs/python.md", "exec"), space)
    out = capsys.readouterr().out
    assert "1 question succeeded" in out
    assert "there is no batch 'nope'" in out
    assert space["rows"] == [{"series": "parts", "mean": 3.5}]
    assert (tmp_path / "harbour.docx").read_bytes() == service.text
    assert len(SNIPPETS) == PAGE.count("```python")


def test_the_page_names_every_resource(service: Studio) -> None:
    from fanfold import Fanfold

    named = {name for name in vars(Fanfold()) if not name.startswith("_")} - {"defaults"}
    assert {name for name in named if f"fanfold.{name}" not in PAGE} == set()
