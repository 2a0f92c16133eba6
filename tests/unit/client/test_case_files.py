"""What a command can see to be wrong with a file, or with itself, costs no upload and makes no batch."""

import gzip
from pathlib import Path

import pytest

from fanfold_client import Fanfold, Refused
from tests.unit.client.conftest import Run
from tests.unit.client.service import Service

CASES = Path(__file__).parents[2] / "cases/batch-files"
TEXT = ("--template", "Say: {text}")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("missing_col.csv", TEXT, "'text'; the columns are: custom_id, txt"),
        ("missing_col.csv", (), "no column holds the requests"),
        ("empty.jsonl", (), "empty"),
        ("only_blank.jsonl", (), "empty"),
        ("header_only.csv", TEXT, "no rows"),
        ("pretty.jsonl", (), "none of its 4 lines"),
        ("semicolon.csv", ("--id-column", "sku"), "'sku'; the columns are: custom_id, text"),
        ("one.jsonl", TEXT, "'text'; the fields are: custom_id, input"),
        ("one.jsonl", ("--encoding", "klingon"), "no encoding 'klingon'"),
    ],
)
@pytest.mark.parametrize("command", ["submit", "estimate", "create"])
def test_a_file_of_nothing_good_is_refused_before_it_is_sent(
    run: Run, service: Service, command: str, name: str, options: tuple[str, ...], said: str
) -> None:
    ran = run("batch", command, str(CASES / name), *options)
    assert (ran.code, service.calls) == (2, [])
    assert said in ran.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("twice.csv", b"custom_id,text,text\na,one,two\n", "the header names 'text' twice"),
        ("book.xlsx", b"PK\x03\x04" + bytes(40), "save it as CSV"),
        ("cut.csv.gz", gzip.compress(b"custom_id,text\na,one\n", mtime=0)[:-9], "not gzipped, or cut off"),
        ("plain.csv.gz", b"custom_id,text\na,one\n", "not gzipped"),
        ("commas.jsonl", b'{"text": "a"},\n{"text": "b"},\n', "ends without a comma"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(
    run: Run, service: Service, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    ran = run("batch", "submit", str(tmp_path / name), *TEXT)
    assert (ran.code, service.calls) == (2, [])
    assert said in ran.err


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("array.json.jsonl", ()),
        ("blank_lead.csv", TEXT),
        ("index_col.csv", TEXT),
        ("latin1.csv", TEXT),
        ("openai_lines.jsonl", ()),
        ("semicolon.csv", TEXT),
        ("template_values.jsonl", TEXT),
        ("unbalanced.csv", TEXT),
        ("utf16.jsonl", ()),
    ],
)
def test_a_file_with_something_good_is_sent(run: Run, service: Service, name: str, options: tuple[str, ...]) -> None:
    assert run("batch", "submit", str(CASES / name), *options).code == 0
    assert len(service.batches) == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--wait", "--json", "id,total"),
        ("--json", "progress"),
        ("-o", "{folder}/nodir/out.jsonl"),
        ("-o", "{folder}/out.xlsx"),
        ("-o", "{folder}/out.xlsx.gz"),
    ],
)
def test_what_could_not_be_shown_or_kept_is_refused_before_it_is_made(
    run: Run, service: Service, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """As in `cli_bad_json_field.sh`."""
    ran = run(
        "batch", "submit", str(CASES / "plain.jsonl"), "--new", *(each.format(folder=tmp_path) for each in options)
    )
    assert (ran.code, service.calls) == (2, [])
    assert ran.err


def test_gzipped_files_are_read_and_written(run: Run, service: Service, tmp_path: Path) -> None:
    packed, out = tmp_path / "plain.jsonl.gz", tmp_path / "out.jsonl.gz"
    service.objects["results"] = b'{"custom_id": "a"}\n'
    packed.write_bytes(gzip.compress((CASES / "plain.jsonl").read_bytes()))
    assert run("batch", "submit", str(packed), "-o", str(out)).code == 0
    assert gzip.decompress(out.read_bytes()) == b'{"custom_id": "a"}\n'
    assert [each.name for each in tmp_path.glob("out*")] == ["out.jsonl.gz"]


@pytest.mark.parametrize("id", [".", ".."])
def test_dots_are_no_part_of_a_path(fanfold: Fanfold, service: Service, id: str) -> None:
    for call in (
        lambda: fanfold.batches.get(id),
        lambda: fanfold.batches.request("b", id),
        lambda: fanfold.forecasts.one("f", id),
    ):
        with pytest.raises(Refused, match="part of a path"):
            call()
    assert not service.calls


@pytest.mark.parametrize("id", ["100%", "a%2Fb", "50%20off", "x%zz", "a/b c"])
def test_an_id_is_sent_so_that_it_arrives(fanfold: Fanfold, service: Service, id: str) -> None:
    with pytest.raises(Refused):
        fanfold.batches.request("b", id)
    sent = service.calls[0].url.raw_path.decode().rpartition("/")[2]
    assert sent == id.replace("%", "%25").replace("/", "%2F").replace(" ", "%20")


def test_try_shows_a_sample_and_go_does_the_rest(run: Run, service: Service) -> None:
    ran = run("batch", "try", str(CASES / "plain.jsonl"), "--rows", "5", "--spend", "0.2", "--max-tokens", "9")
    assert (ran.code, ran.out.split("\t")[:3]) == (0, ["a", "Say hi", "hi"])
    assert "1 of 300 requests, for 0.001 USD; `fanfold batch go" in ran.err
    [made] = service.bodies.values()
    assert made["sample"] == {"rows": 5, "budget_usd": 0.2}
    assert run("batch", "go", made.get("id", "b1"), "--mode", "batch").out.startswith("id\tb-whole")
