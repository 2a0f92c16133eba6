"""Sizes around every limit there is, one byte below and above, through every way in: it comes out the same, or is
refused with words.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from fanfold_client import Fanfold, FanfoldError
from local.stack import LocalStack
from tests.e2e.test_batches import named
from tests.waiting import until

KIBI, MEBI = 1024, 1024 * 1024
STATE = 256 * KIBI
"""What Step Functions takes."""
LIMIT = 4 * MEBI
"""What an API body and a line of a file may hold."""
SIZES = [size + off for size in (STATE, 400_000, MEBI, LIMIT, 6 * MEBI) for off in (-1, 0, 1)]
QUOTES = '"' * 2_000_000
TEXT = 'Ein Satz, der \u201esitzt\u201c: 100 \u20ac, \\ und "so"\n'


def line(size: int) -> bytes:
    """A request of just so many bytes, its text as varied as can be."""
    id = f"line-{size}"
    filled = {"custom_id": id, "input": ""}
    room = size - len(dumped(filled))
    text = TEXT * (room // len(dumped(TEXT)))
    rest = room - (len(dumped(text)) - 2)
    return dumped(filled | {"input": text + "x" * rest})


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def refused(call: Any) -> FanfoldError:
    with pytest.raises(FanfoldError) as error:
        call()
    return error.value


def answered(fanfold: Fanfold, id: str) -> list[dict[str, Any]]:
    """The results: answers, or the provider's word that its model takes no text as long."""
    results = list(fanfold.batches.iter_results(id))
    assert all(result.get("output") or "context length" in result["error"]["message"] for result in results)
    return results


class Chunks:
    """What the chunks of batches hold, which is what went to the provider."""

    def __init__(self, stack: LocalStack) -> None:
        self._s3, self._bucket = stack.cloud.client("s3"), stack.cloud.outputs["BucketName"]

    def texts(self, id: str) -> dict[str, str]:
        """The text of each request, by custom_id."""
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=f"jobs/acme/{id}/chunks/")["Contents"]
        bodies = [self._s3.get_object(Bucket=self._bucket, Key=each["Key"])["Body"].read() for each in found]
        kept = [json.loads(line) for body in bodies for line in body.splitlines()]
        return {each["custom_id"]: each["body"]["messages"][-1]["content"] for each in kept}

    def put(self, key: str, body: bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)

    def get(self, key: str) -> bytes:
        body: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return body


@pytest.fixture(scope="module")
def chunks(stack: LocalStack) -> Chunks:
    return Chunks(stack)


@pytest.fixture(scope="module")
def http(stack: LocalStack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack.issue_key('acme')}"}
    with httpx.Client(base_url=stack.url, headers=headers, timeout=300) as client:
        yield client


@pytest.fixture(scope="module")
def file() -> bytes:
    """A line of every size."""
    return b"\n".join(map(line, SIZES)) + b"\n"


GOOD = {f"line-{size}" for size in SIZES if size <= LIMIT}


def assert_whole(fanfold: Fanfold, chunks: Chunks, id: str, file: bytes) -> None:
    """Every line that a file may have came through as it was; the others are told by number."""
    batch = fanfold.batches.wait(id)
    assert (batch.state, batch.rejected) == ("completed", len(SIZES) - len(GOOD))
    sent = {each["custom_id"]: each["input"] for each in map(json.loads, file.splitlines())}
    assert chunks.texts(id) == {id: sent[id] for id in GOOD}
    assert {result["custom_id"] for result in answered(fanfold, id)} == GOOD
    told = {(flaw["line"], flaw["detail"]) for flaw in fanfold.batches.rejected(id)}
    said = "the line is longer than 4,194,304 bytes"
    assert told == {(number, said) for number, size in enumerate(SIZES, 1) if size > LIMIT}


def test_bodies(http: httpx.Client, fanfold: Fanfold, chunks: Chunks) -> None:
    def body(size: int) -> bytes:
        around = len(b'{"requests": []}')
        return b'{"requests": [' + line(size - around) + b"]}"

    def post(size: int) -> httpx.Response:
        return http.post("/v1/batches", content=body(size), headers={"Content-Type": "application/json"})

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(SIZES, pool.map(post, SIZES), strict=True))
    for size, answer in answers.items():
        assert (size, answer.status_code) == (size, 202 if size <= LIMIT else 413)
        if size <= LIMIT:
            id = answer.json()["id"]
            fanfold.batches.wait(id)
            assert len(answered(fanfold, id)) == 1
            [sent] = json.loads(body(size))["requests"]
            assert chunks.texts(id) == {sent["custom_id"]: sent["input"]}
        else:
            assert "upload" in answer.text or "Too L" in answer.text


def test_lines_of_an_upload(fanfold: Fanfold, chunks: Chunks, file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(file)
    assert_whole(fanfold, chunks, fanfold.batches.create(path).id, file)


def test_lines_of_a_drop(fanfold: Fanfold, chunks: Chunks, file: bytes) -> None:
    chunks.put("inbox/acme/batches/sizes.jsonl", file)
    id = named(fanfold, "sizes.jsonl")
    assert_whole(fanfold, chunks, id, file)
    beside = until(lambda: chunks.get("outbox/acme/batches/sizes.jsonl.results.jsonl"))
    assert [json.loads(each) for each in beside.splitlines()] == list(fanfold.batches.iter_results(id))


def test_executions_from_the_console(stack: LocalStack, fanfold: Fanfold, chunks: Chunks) -> None:
    """Its input goes through the state twice, so that a little less than 256 KiB is the most."""
    states, machine = stack.cloud.client("stepfunctions"), stack.cloud.outputs["BatchMachineArn"]
    around = {"tenant": "acme", "name": "console size", "requests": []}

    def start(size: int) -> str:
        text = json.dumps({**around, "requests": [{"custom_id": "a", "input": ""}]})
        text = text.replace('"input": ""', '"input": "' + "x" * (size - len(text)) + '"')
        execution: str = states.start_execution(stateMachineArn=machine, input=text)["executionArn"]
        return execution

    def ended(execution: str) -> dict[str, Any] | None:
        found: dict[str, Any] = states.describe_execution(executionArn=execution)
        return None if found["status"] == "RUNNING" else found

    start(STATE - KIBI)
    id = named(fanfold, "console size")
    assert fanfold.batches.wait(id).progress.succeeded == 1
    [text] = chunks.texts(id).values()
    assert set(text) == {"x"}
    execution = start(STATE)
    over = until(lambda: ended(execution))
    assert (over["status"], over["error"]) == ("FAILED", "States.DataLimitExceeded")
    with pytest.raises(ClientError, match="262144"):
        start(STATE + 1)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"system": "x" * 65_536}, None),
        ({"system": "x" * 65_537}, "system"),
        ({"metadata": {"k" * 64: "v" * 512}}, None),
        ({"metadata": {"k" * 64: "v" * 513}}, "metadata"),
        ({"metadata": {f"{n}": "v" for n in range(16)}}, None),
        ({"metadata": {f"{n}": "v" for n in range(17)}}, "metadata"),
        ({"tags": ["x" * 256] * 16, "name": "x" * 256, "description": "x" * 4096}, None),
        ({"system": "\u20ac" * 65_536, "description": "\U0001f642" * 4096, "tags": ["\U0001f642" * 256] * 16}, None),
        (
            {
                "system": "\U0001f642" * 65_536,
                "description": "\U0001f642" * 4096,
                "tags": ["\U0001f642" * 256] * 16,
                "metadata": {f"{n}": "\U0001f642" * 512 for n in range(16)},
            },
            "system",
        ),
    ],
    ids=lambda value: str(value)[:20],
)
def test_options(fanfold: Fanfold, options: dict[str, Any], field: str | None) -> None:
    requests = [{"input": "Say hello"}]
    if field is None:
        batch = fanfold.batches.wait(fanfold.batches.create(requests, **options).id)
        assert batch.progress.succeeded == 1
        assert batch.metadata == options.get("metadata", {})
    else:
        found = refused(lambda: fanfold.batches.create(requests, **options))
        assert (found.problem["status"], found.problem["errors"][0]["field"].partition(".")[0]) == (400, field)


def test_as_many_and_as_long_custom_ids_as_a_body_holds(fanfold: Fanfold) -> None:
    """Each needs four bytes a character, and again as much in what is stored of it."""
    ids = [f"{n:04d}" + "\U0001f642" * 252 for n in range(3900)]
    batch = fanfold.batches.wait(fanfold.batches.create([{"custom_id": id, "input": "a"} for id in ids]).id)
    assert batch.progress.succeeded == len(ids)
    assert [result["custom_id"] for result in fanfold.batches.iter_results(batch.id)] == ids
    assert fanfold.batches.request(batch.id, ids[-1]).custom_id == ids[-1]


def test_a_request_too_large_to_be_shown_says_so(http: httpx.Client, fanfold: Fanfold, tmp_path: Path) -> None:
    """JSON in JSON: what may be handed in as a file need not fit into an answer."""
    file = tmp_path / "deep.jsonl"
    lines = [{"custom_id": "small", "input": "a"}, {"custom_id": "quotes", "input": QUOTES}]
    file.write_bytes(b"\n".join(map(dumped, lines)))
    id = fanfold.batches.wait(fanfold.batches.create(file).id).id
    assert http.get(f"/v1/batches/{id}/requests/small").status_code == 200
    answer = http.get(f"/v1/batches/{id}/requests/quotes")
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert "take the results" in answer.json()["detail"]
    assert len(list(fanfold.batches.iter_results(id))) == 2
