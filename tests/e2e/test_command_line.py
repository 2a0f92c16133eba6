"""The command `fanfold` as its users have it: a process, against the deployed stack."""

import csv
import hashlib
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fanfold_client.profiles import Profile, write
from local import corpus
from local.stack import LocalStack

Run = Callable[..., subprocess.CompletedProcess[str]]
CASES = Path(__file__).parents[1] / "cases/batch-files"
COMMAND = [sys.executable, "-m", "fanfold_command"]


@pytest.fixture(scope="module")
def environ(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A shell's environment, with a profile for the stack as `make up` writes it."""
    home = tmp_path_factory.mktemp("home")
    config = home / "config.toml"
    write(config, "local", Profile(url=stack.url, key=stack.issue_key("shell"), aws_endpoint=stack.cloud.url))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FANFOLD")}
    return kept | {"FANFOLD_CONFIG": str(config), "XDG_STATE_HOME": str(home), "HOME": str(home)}


@pytest.fixture(scope="module")
def run(environ: dict[str, str]) -> Run:
    """`fanfold`, which must exit as is expected."""

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run([*COMMAND, *arguments], env=environ, capture_output=True, text=True, check=False)
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran

    return run


def test_keys_are_made_limited_and_revoked(run: Run, environ: dict[str, str]) -> None:
    made = json.loads(run("keys", "create", "reader", "--role", "viewer", "--json", "id,key").stdout)
    reader = environ | {"FANFOLD_KEY": made["key"], "FANFOLD_URL": json.loads(url_of(environ))}
    refused = subprocess.run([*COMMAND, "budget", "set", "--daily", "1"], env=reader, capture_output=True, text=True)
    assert (refused.returncode, "this key is a viewer's" in refused.stderr) == (3, True)
    run("keys", "revoke", made["id"])
    assert "reader" not in run("keys", "list").stdout


def test_an_operator_makes_a_tenant_and_suspends_it(run: Run) -> None:
    assert run("admin", "create-tenant", "fresh").stdout
    assert "fresh" in run("admin", "tenants").stdout
    run("admin", "suspend", "fresh")
    assert "create_tenant.tenant" in run("admin", "create-tenant", "No Name", code=3).stderr


def url_of(environ: dict[str, str]) -> str:
    """The profile's URL, as JSON."""
    found = re.search(r"url = (\".*\")", Path(environ["FANFOLD_CONFIG"]).read_text())
    assert found
    return found[1]


@pytest.fixture(scope="module")
def done(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A batch that was submitted with one command, and where its answers are."""
    folder = tmp_path_factory.mktemp("done")
    lines = [json.dumps(each) for each in [*corpus.requests(30), *corpus.refused()]]
    (folder / "in.jsonl").write_text("\n".join([*lines, *corpus.malformed()]))
    out = folder / "out.jsonl"
    ran = run("batch", "submit", f"{folder}/in.jsonl", "-o", str(out), "--exit-status", code=1)
    shown = dict(line.split("\t") for line in ran.stdout.splitlines())
    return shown | {"in": f"{folder}/in.jsonl", "out": str(out), "said": ran.stderr}


def test_one_command_from_a_file_to_its_answers(done: dict[str, str]) -> None:
    assert (done["state"], done["succeeded"], done["failed"], done["rejected"]) == ("completed", "30", "2", "3")
    answers = [json.loads(line) for line in Path(done["out"]).read_text().splitlines()]
    assert len(answers) == 32
    assert "completed 100 %" in done["said"]


def test_the_same_submit_again_is_the_same_batch(run: Run, done: dict[str, str]) -> None:
    again = run("batch", "submit", done["in"], "--json", "id")
    assert json.loads(again.stdout) == {"id": done["id"]}


def test_what_came_of_it_can_be_looked_at(run: Run, done: dict[str, str]) -> None:
    id = done["id"]
    assert run("batch", "list").stdout.startswith(f"{id}\tcompleted\t")
    assert len(run("batch", "responses", id, "--status", "succeeded", "--all").stdout.splitlines()) == 30
    failed = json.loads(run("batch", "requests", id, "--status", "failed", "--json", "custom_id").stdout)
    assert {each["custom_id"] for each in failed} == {"refused-no-messages", "refused-no-tokens"}
    assert sum(int(line.split("\t")[0]) for line in run("batch", "errors", id).stdout.splitlines()) == 2
    assert len(run("batch", "rejected", id).stdout.splitlines()) == 3
    assert run("batch", "results", id, "--format", "csv").stdout.startswith("custom_id,")
    assert run("batch", "watch", id).returncode == 0


def test_a_download_goes_on_where_it_stopped(run: Run, done: dict[str, str], tmp_path: Path) -> None:
    """The storage's own ETag and ranges: the first bytes of the part are kept as they are, right or wrong."""
    whole, file = Path(done["out"]).read_bytes(), tmp_path / "again.jsonl"
    run("batch", "results", done["id"], "-o", str(file))
    assert file.read_bytes() == whole
    etag = etag_of(run, done["id"])
    (tmp_path / f"again.jsonl.%22{etag}%22.part").write_bytes(b"#" * 50)
    run("batch", "results", done["id"], "-o", str(file))
    assert file.read_bytes() == b"#" * 50 + whole[50:]
    (tmp_path / "again.jsonl.%22older%22.part").write_bytes(b"#" * 50)
    run("batch", "results", done["id"], "-o", str(file))
    assert file.read_bytes() == whole


def test_a_draft_is_filled_described_and_cancelled(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mails.csv").write_text("text\nbuy now\n")
    template = ["--template", "Classify: {text}"]
    id = json.loads(run("batch", "create", "--name", "mails", *template, "--json", "id").stdout)["id"]
    for _ in range(2):
        assert f"id\t{id}\nstate\tdraft\n" in run("batch", "add", id, f"{tmp_path}/mails.csv").stdout
    assert "name\tletters" in run("batch", "edit", id, "--name", "letters").stdout
    assert run("batch", "cancel", id).stdout.split("\t")[1] == "cancelled"
    assert "is cancelled" in run("batch", "process", id, code=3).stderr
    assert run("batch", "delete", id, "--yes").stdout.split("\t")[1] == "deleting"


def test_refusals_name_their_field(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"input": "a"}')
    ran = run("batch", "submit", f"{tmp_path}/in.jsonl", "--model", "claude-nine", code=3)
    assert ran.stderr.startswith("fanfold: field model: ")
    assert "there is no batch" in run("batch", "status", "bnone", code=3).stderr


def test_a_reader_may_go_away(environ: dict[str, str], done: dict[str, str]) -> None:
    line = f'{" ".join(COMMAND)} batch results {done["id"]} | head -c 1; echo "${{PIPESTATUS[0]}}"'
    ran = subprocess.run(["bash", "-c", line], env=environ, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("{0\n", "")


def test_a_terminal_gets_a_table(environ: dict[str, str], done: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    command = [*COMMAND, "batch", "list"]
    with subprocess.Popen(command, env=environ | {"TERM": "xterm", "NO_COLOR": "1"}, stdout=theirs) as process:
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as screen:
            text = screen.read(4096).decode()
        assert process.wait() == 0
    assert re.sub(r"\x1b\[\d*m", "", text).split()[:2] == ["id", "state"]
    assert not re.search(r"\x1b\[3\d", text), "NO_COLOR"


def test_the_doctor_finds_all_well_and_then_dead_letters(run: Run, stack: LocalStack) -> None:
    well = run("doctor", "--aws")
    assert "wrong" not in [line.split("\t")[0] for line in well.stdout.splitlines()]
    assert "BatchMachine" in well.stdout

    sqs, queue = stack.cloud.client("sqs"), stack.cloud.deployed.resources["EventDeadLetters"]
    sqs.send_message(QueueUrl=queue, MessageBody="a start that never was")
    try:
        ill = [line.split("\t") for line in run("doctor", "--aws", code=1).stdout.splitlines()]
    finally:
        sqs.purge_queue(QueueUrl=queue)
    assert [(name, seen) for ok, name, seen, _ in ill if ok == "wrong"] == [("EventDeadLetters", "1 dead letters")]


def etag_of(run: Run, id: str) -> str:
    """The ETag that the results have now: S3's of one part is the MD5 of the content."""
    content = run("batch", "results", id).stdout.encode()
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_ids_with_percent_signs_are_found_over_the_gateway(run: Run, tmp_path: Path) -> None:
    file = CASES / "percent_ids.jsonl"
    batch = json.loads(run("batch", "submit", str(file), "--mode", "realtime", "--wait", "--json", "id").stdout)["id"]
    for line in file.read_text().splitlines():
        id = json.loads(line)["custom_id"]
        assert json.loads(run("batch", "request", batch, id).stdout)["custom_id"] == id


def test_a_sample_first_and_then_the_rest_with_its_rows(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("sku;text\n" + "".join(f"{n};Say the number {n}\n" for n in range(60)), encoding="utf-16")
    columns = ("--template", "{text}", "--id-column", "sku", "--keep-columns", "all", "--max-tokens", "50")
    tried = json.loads(run("batch", "try", str(rows), *columns, "--rows", "5", "--json").stdout)
    assert (tried["rows"], tried["requests"], len(tried["tries"])) == (5, 60, 5)
    assert tried["lanes"]["batch"]["low_usd"] <= tried["lanes"]["batch"]["expected_usd"]
    out = tmp_path / "out.csv"
    run("batch", "go", tried["id"], "--mode", "realtime", "-o", str(out))
    found = list(csv.DictReader(out.read_text().splitlines()))
    names = ("custom_id", "sku", "row")
    assert [[each[name] for name in names] for each in found] == [[str(n)] * 3 for n in range(60)]
    assert all(each["finish_reason"] for each in found)


def test_shapes_reach_the_provider_and_cut_answers_are_counted(run: Run) -> None:
    options = ("--max-tokens", "40", "--mode", "realtime", "--wait", "--json")
    ran = run("batch", "submit", str(CASES / "shapes.jsonl"), *options)
    batch = json.loads(ran.stdout)
    assert batch["rejected"] == 0
    assert batch["progress"]["succeeded"] == 5, batch
    assert sum(batch["finish_reasons"].values()) == 5
    assert "40 output tokens at most" in " ".join(batch["notes"])
