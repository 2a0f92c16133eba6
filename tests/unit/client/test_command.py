"""`fanfold batch`: what it sends, what it prints into a pipe, and how it exits."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.client.conftest import Run
from tests.unit.client.service import API, CREATED, Service, problem


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "requests.jsonl"
    path.write_text('{"input": "a"}\n')
    return str(path)


def test_submit_sends_the_file_with_its_options(service: Service, run: Run, file: str, tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_text("Be brief.")
    options = ["--model", "o3", "--max-tokens", "9", "--temperature", "0", "--tag", "a", "--tag", "b"]
    options += ["--metadata", "team=x=y", "--set", "priority=3", "--set", "mode=auto"]
    ran = run("batch", "submit", file, *options, "--system", f"@{tmp_path}/system.txt", "--template", "Say {input}")
    (body,) = service.bodies.values()
    assert body == {
        "upload": "0/requests.jsonl",
        "model": "o3",
        "max_tokens": 9,
        "temperature": 0,
        "tags": ["a", "b"],
        "metadata": {"team": "x=y"},
        "priority": 3,
        "mode": "auto",
        "system": "Be brief.",
        "template": "Say {input}",
    }
    assert (ran.code, ran.out) == (0, f"id\tb1\nstate\taccepted\ncreated_at\t{CREATED}\n")


def test_submit_says_which_way_and_who_else_may_answer(service: Service, run: Run, file: str) -> None:
    others = ["--fallback", "anthropic/claude-haiku-4-5", "--fallback", "gpt-5-mini", "--fallback", "gemini/"]
    run("batch", "submit", file, "--mode", "auto", *others, "--collapse", "--cache", "--no-failover", "--no-repair")
    (body,) = service.bodies.values()
    assert body == {
        "upload": "0/requests.jsonl",
        "mode": "auto",
        "fallbacks": [
            {"provider": "anthropic", "model": "claude-haiku-4-5"},
            {"model": "gpt-5-mini"},
            {"provider": "gemini"},
        ],
        "collapse": True,
        "cache": True,
        "failover": False,
        "repair": False,
    }


def test_submit_repeated_is_the_same_batch_unless_it_is_to_be_new(service: Service, run: Run, file: str) -> None:
    ids = [json.loads(run("batch", "submit", file, "--json", "id", *new).out)["id"] for new in ([], [], ["--new"])]
    assert ids == ["b1", "b1", "b2"]
    assert len(service.objects) == 2
    assert "--new makes another" in run("batch", "submit", file).err


def test_submit_takes_stdin(service: Service, run: Run) -> None:
    run("batch", "submit", "-", stdin=b'{"input": "a"}')
    run("batch", "submit", "-", "--input-format", "csv", stdin=b"input\na")
    assert service.objects == {"0/stdin.jsonl": b'{"input": "a"}', "1/stdin.csv": b"input\na"}


def test_waiting_tells_new_states_and_saves_the_results(service: Service, run: Run, file: str, tmp_path: Path) -> None:
    service.states = ["accepted", "accepted", "running", "running", "completed"]
    service.objects["results"] = b"{}\n"
    ran = run("batch", "submit", file, "-o", str(tmp_path / "out.csv"), "--json", "state")
    assert (ran.code, json.loads(ran.out)) == (0, {"state": "completed"})
    *said, last = ran.err.splitlines()
    assert re.fullmatch(rf"fanfold: the results are in {re.escape(str(tmp_path))}/out.csv, after \d+\.\d s", last)
    assert said == [
        f"fanfold: b1 was made of this file {ran.err.split('file ')[1].split(' ago')[0]} ago; --new makes another",
        "b1\twaits to be started",
        "b1\trunning 50 % (1 of 2)",
        "b1\tcompleted 50 % (1 of 2)",
    ]
    assert (tmp_path / "out.csv").read_bytes() == b"{}\n"
    assert [call.url.params["format"] for call in service.calls if "format" in call.url.params] == ["csv"]


@pytest.mark.parametrize(
    ("batch", "strict", "code"),
    [
        ({"state": "completed"}, [], 0),
        ({"state": "failed", "error": "no line was good"}, [], 1),
        ({"state": "cancelled"}, [], 1),
        ({"state": "completed", "progress": {"failed": 1}}, [], 0),
        ({"state": "completed", "progress": {"failed": 1}}, ["--exit-status"], 1),
        ({"state": "completed", "rejected": 1}, ["--exit-status"], 1),
        ({"state": "completed"}, ["--exit-status"], 0),
    ],
)
def test_watch_exits_with_the_truth(
    batch: dict[str, Any], strict: list[str], code: int, service: Service, run: Run
) -> None:
    service.batch("b1", **batch)
    assert run("batch", "watch", "b1", *strict).code == code


def test_status_is_one_field_a_line_and_always_ends_well_unless_asked(service: Service, run: Run) -> None:
    service.batch("b1", "failed", error="a\tb\nc\\d")
    ran = run("batch", "status", "b1")
    lines = dict(line.split("\t") for line in ran.out.splitlines())
    assert ran.code == 0
    assert (lines["state"], lines["error"], lines["percent"], lines["created_at"]) == (
        "failed",
        r"a\tb\nc\\d",
        "50",
        CREATED,
    )
    assert run("batch", "status", "b1", "--exit-status").code == 1


def test_a_draft_is_made_filled_and_started(service: Service, run: Run, file: str) -> None:
    assert run("batch", "create", "--name", "mails", "--json", "id").out == '{"id": "b1"}\n'
    for _ in range(2):
        assert run("batch", "add", "b1", file).code == 0
    assert run("batch", "process", "b1").out.splitlines()[1] == "state\tprocess"
    assert service.added == [{"upload": "0/requests.jsonl"}] * 2
    assert run("batch", "create", file).code == 0
    assert list(service.bodies.values())[1] == {"upload": "1/requests.jsonl", "draft": True}


def test_several_batches_are_steered_at_once(service: Service, run: Run) -> None:
    for id in ("b1", "b2"):
        service.batch(id)
    for verb in ("cancel", "pause", "resume"):
        assert run("batch", verb, "b1", "b2").out == f"b1\t{verb}\t{CREATED}\nb2\t{verb}\t{CREATED}\n"
    assert "state\tretry" in run("batch", "retry", "b1").out
    assert json.loads(run("batch", "edit", "b1", "--name", "new", "--json", "name").out) == {"name": "new"}
    assert run("batch", "edit", "b1").code == 2


def test_deleting_wants_to_be_meant(service: Service, run: Run) -> None:
    service.batch("b1")
    ran = run("batch", "delete", "b1")
    assert (ran.code, service.calls) == (2, [])
    assert "add --yes" in ran.err
    assert run("batch", "delete", "b1", "--yes").out.split("\t")[1] == "deleting"


def test_lists_are_whole_tab_separated_and_bounded(service: Service, run: Run) -> None:
    for number in range(30):
        service.batch(f"b{number}", "running" if number % 2 else "completed", name="long " * 40)
    lines = run("batch", "list").out.splitlines()
    assert len(lines) == 20
    assert lines[0].split("\t") == ["b0", "completed", "long " * 40, "", "1", "0", "0", CREATED, ""]
    assert len(run("batch", "list", "--all").out.splitlines()) == 30
    assert len(run("batch", "list", "--limit", "3").out.splitlines()) == 3
    assert len(run("batch", "list", "--state", "running").out.splitlines()) == 15


def test_rows_of_a_batch(service: Service, run: Run) -> None:
    service.batch("b1")
    error = {"kind": "refused", "message": "no\nmore"}
    service.rows = [
        {"custom_id": "a", "line": 1, "status": "succeeded", "output": "hello\tthere"},
        {"custom_id": "b", "line": 2, "status": "failed", "error": error},
    ]
    assert run("batch", "requests", "b1").out == "1\ta\tsucceeded\t\t\n2\tb\tfailed\trefused\tno\\nmore\n"
    assert run("batch", "responses", "b1").out == "1\ta\tsucceeded\thello\\tthere\n2\tb\tfailed\tno\\nmore\n"
    run("batch", "responses", "b1", "--status", "failed", "--search", "b")
    assert dict(service.calls[-1].url.params) == {"status": "failed", "search": "b", "limit": "100"}
    assert json.loads(run("batch", "request", "b1", "a").out)["custom_id"] == "a"


def test_errors_are_grouped_the_most_frequent_first(service: Service, run: Run) -> None:
    service.batch("b1")
    ran = run("batch", "errors", "b1")
    assert ran.out == "2\toften\ttoo\\tlong\ta\n1\trare\t\t\n"
    assert "not taken: 1" in ran.err


def test_rejected_lines_and_none(service: Service, run: Run) -> None:
    service.batch("b1")
    service.objects["rejected"] = b'{"line": 3, "detail": "not JSON"}\n'
    assert run("batch", "rejected", "b1").out == "3\t\tnot JSON\n"
    service.faults = [problem(404, "Not found", "no line of batch b1 was rejected", field="id")]
    assert run("batch", "rejected", "b1") == (0, "", "")
    assert run("batch", "rejected", "b9").code == 3


def test_results_go_to_stdout_as_they_are(service: Service, run: Run) -> None:
    service.batch("b1")
    service.objects["results"] = '{"output": "ü\u2028"}\n'.encode()
    assert run("batch", "results", "b1").out == '{"output": "ü\u2028"}\n'


def test_json_has_all_or_what_is_asked_for(service: Service, run: Run) -> None:
    service.batch("b1", surprise=[1])
    assert json.loads(run("batch", "status", "b1", "--json").out)["surprise"] == [1]
    picked = json.loads(run("batch", "list", "--json", "id,progress.percent").out)
    assert picked == [{"id": "b1", "progress.percent": 50}]
    assert json.loads(run("batch", "list", "--state", "paused", "--json").out) == []
    ran = run("batch", "status", "b1", "--json", "id,stat")
    assert (ran.code, "no field 'stat'" in ran.err) == (2, True)
    assert "before --json" in run("batch", "status", "--json", "b" + "1" * 25).err


def test_a_refusal_is_a_line_for_each_flaw(service: Service, run: Run, file: str) -> None:
    ran = run("batch", "submit", file, "--model", "nope")
    assert ran == (3, "", "fanfold: field model: 'nope' is no model of openai\n")
    errors = [{"field": "model", "detail": "missing"}, {"line": 3, "field": "input", "detail": "empty"}]
    document = {"title": "Invalid input", "detail": "the body is wrong: model", "errors": errors}
    service.faults = [httpx.Response(400, json=document)]
    assert run("batch", "list").err.splitlines() == [
        "fanfold: Invalid input: the body is wrong: model",
        "fanfold: field model: missing",
        "fanfold: line 3: field input: empty",
    ]


def test_exit_codes_of_what_never_got_there(service: Service, run: Run, environ: dict[str, str]) -> None:
    service.faults = [httpx.ConnectError("refused")] * 9
    assert run("batch", "list").code == 4
    service.faults = []
    assert run("batch", "submit", "nowhere.jsonl").code == 2
    assert run("batch", "submit", "--metadata", "x", __file__).code == 2
    service.batch("b1")
    service.objects["results"] = b"{}"
    ran = run("batch", "results", "b1", "-o", "/nowhere/out")
    assert (ran.code, "there is no folder /nowhere" in ran.err) == (2, True)
    assert run("--nonsense").code == 2
    del environ["FANFOLD_URL"]
    ran = run("batch", "list")
    assert (ran.code, "fanfold login" in ran.err) == (2, True)


def test_ctrl_c_ends_the_waiting_only(service: Service, run: Run) -> None:
    service.batch("b1", "running")

    class Impatient(list[float]):
        def append(self, seconds: float) -> None:
            raise KeyboardInterrupt

    service.pauses = Impatient()
    ran = run("batch", "watch", "b1")
    assert ran.code == 130
    assert "the batch goes on" in ran.err


def test_help_needs_no_configuration(run: Run, environ: dict[str, str]) -> None:
    environ.clear()
    assert run("--help").code == run("batch", "submit", "--help").code == 0
    assert run("--version").out.startswith("fanfold ")
    assert "_FANFOLD_COMPLETE" in run("completion", "zsh").out


def test_a_shell_is_offered_commands_and_batches(
    service: Service,
    run: Run,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("_FANFOLD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "fanfold batch wat")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit):
        run()
    assert capsys.readouterr().out.split() == ["plain,watch"]
    for id in ("b1", "c1"):
        service.batch(id)
    monkeypatch.setenv("COMP_WORDS", "fanfold batch status b")
    monkeypatch.setenv("COMP_CWORD", "3")
    for url, offered in ((API, ["plain,b1"]), ("", [])):
        environ["FANFOLD_URL"] = url
        with pytest.raises(SystemExit):
            run()
        assert capsys.readouterr().out.split() == offered


def test_a_header_names_the_columns_of_a_pipe(service: Service, run: Run) -> None:
    service.batch("b1")
    header, row = run("batch", "list", "--header").out.splitlines()
    assert header.split("\t")[:3] == ["id", "state", "name"]
    assert len(header.split("\t")) == len(row.split("\t"))
    assert run("batch", "list").out.splitlines() == [row]


def test_debug_tells_the_calls_and_where_an_error_comes_from(service: Service, run: Run) -> None:
    ran = run("--debug", "batch", "status", "b9")
    assert (ran.code, ran.out) == (3, "")
    assert "Traceback" in ran.err
    assert "Traceback" not in run("batch", "status", "b9").err
