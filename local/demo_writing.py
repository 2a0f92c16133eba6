"""The demo's writing session: a PDF made here, learnt from, and a text of 600 words in its style.

It runs while the batches wait for their provider, so it takes hardly any time of its own.
"""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fanfold_client import Fanfold
from fanfold_client.models import WritingJob
from local import corpus

WORDS, PASSAGES = 600, 40
TOPIC = "Why small packages that do one thing well outlive large ones"


def write(fanfold: Fanfold, scratch: Path, console: Console) -> list[str]:
    """Train and write; what is not as it must be."""
    session = fanfold.sessions.create(name="demo")
    trained = fanfold.jobs.wait(fanfold.sessions.train_file(session.id, _paper(scratch)).id)
    if trained.state != "completed":
        return [f"training: {trained.state}: {trained.error}"]
    job = fanfold.jobs.wait(fanfold.sessions.generate(session.id, TOPIC, WORDS, sources=True).id)
    if job.state != "completed":
        return [f"writing: {job.state}: {job.error}"]
    forms = {name: fanfold.jobs.result(job.id, name) for name in ("markdown", "html", "docx", "pdf")}
    console.print(_summary(trained, job, forms))
    console.print(f"{forms['markdown'].decode()[:300].strip()} …", markup=False)
    return list(_faults(job, forms))


def _paper(scratch: Path) -> Path:
    """A PDF of real passages, made on the spot."""
    from fpdf import FPDF

    page, file = FPDF(), scratch / "style.pdf"
    page.add_page()
    page.set_font("Helvetica", size=11)
    for request in corpus.requests(PASSAGES):
        text = request["input"].split("\n\n")[-1].encode("latin-1", "replace").decode("latin-1")
        page.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
        page.ln(3)
    page.output(str(file))
    return file


def _summary(trained: WritingJob, job: WritingJob, forms: dict[str, bytes]) -> Table:
    table = Table("job", "state", "words", "asked", "sections", "from the cache", "results", title="A writing session")
    table.add_row("trained on a PDF", trained.state, "", "", "", "", "a style profile")
    sizes = ", ".join(f"{name} {len(body):,} B" for name, body in forms.items())
    cached = f"{job.tokens.cache_hit_ratio:.0%} of {job.tokens.input:,} tokens"
    table.add_row("wrote", job.state, f"{job.words:,}", f"{job.words_asked:,}", str(len(job.sections)), cached, sizes)
    return table


def _faults(job: WritingJob, forms: dict[str, bytes]) -> Iterator[str]:
    if not job.within:
        yield f"the text has {job.words} words instead of {WORDS}"
    starts = {"markdown": b"# ", "html": b"<!doctype html>", "docx": b"PK", "pdf": b"%PDF-"}
    for name, start in starts.items():
        if not forms[name].startswith(start):
            yield f"the text's {name} begins with {forms[name][:20]!r}"
