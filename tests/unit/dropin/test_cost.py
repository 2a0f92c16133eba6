"""What a batch costs that came through a surface: at most a tenth more than one that came through our own API."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import prices
from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.dropin.anthropic import batches as anthropic
from fanfold.dropin.anthropic.objects import AnthropicCreate
from fanfold.dropin.gemini import batches as gemini
from fanfold.dropin.gemini import files as gemini_files
from fanfold.dropin.gemini.objects import GeminiCreate, UploadAsked
from fanfold.dropin.jobs import Call, found
from fanfold.dropin.openai import batches as openai
from fanfold.dropin.openai import files
from fanfold.dropin.openai.files import SentFile
from fanfold.dropin.openai.objects import OpenAICreate
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef
from tests.fakes.cloud import FakeCloud

UNIT = 1024
INDEXES = ("listing", "open")
READS = frozenset({"get", "several", "page", "head", "size", "stream", "lines", "list", "keys", "etag"})
REQUESTS = 100


class Counted:
    """A port whose calls are counted, and of writes units of items and of their copies in indexes, and objects."""

    def __init__(self, port: Any, spent: dict[str, int]) -> None:
        self._port, self._spent = port, spent

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name in ("put", "put_stream") and hasattr(self._port, "objects"):
            return self._counted(found, lambda *given: 1, "puts")
        if name in READS:
            return self._counted(found, lambda *given: 0, "reads")
        if name == "change":
            return self._counted(found, lambda change: self._units(change.key), "units")
        if name == "together":
            return self._counted(found, lambda *changes: 2 * sum(self._units(each.key) for each in changes), "units")
        return found

    def _counted(self, do: Callable[..., Any], cost: Callable[..., int], what: str) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            answer = do(*given)
            self._spent[what] = self._spent.get(what, 0) + cost(*given)
            self._spent["calls"] = self._spent.get("calls", 0) + 1
            return answer

        return call

    def _units(self, key: Any) -> int:
        item = self._port.items.get(key) or {}
        size = math.ceil(len(json.dumps(item, default=str)) / UNIT) or 1
        return size * (1 + sum(index in item for index in INDEXES))


Way = Callable[[FakeCloud], JobRef]
"""Makes a batch of 100 requests."""


def body(at: int) -> dict[str, Any]:
    return {"model": "echo-1", "messages": [{"role": "user", "content": f"prompt {at}"}]}


def native(cloud: FakeCloud) -> JobRef:
    lines = [json.dumps({"custom_id": f"id-{at}", "body": body(at)}) for at in range(REQUESTS)]
    cloud.backend.blobs.put("uploads/acme/x/requests.jsonl", "\n".join(lines).encode())
    asked = CreateBatch.model_validate({"upload": "x/requests.jsonl", "metadata": {"team": "docs"}})
    return create_batch(asked, _caller(), cloud.backend).ref


def inline(cloud: FakeCloud) -> JobRef:
    requests = [{"custom_id": f"id-{at}", "body": body(at)} for at in range(REQUESTS)]
    return create_batch(CreateBatch.model_validate({"requests": requests}), _caller(), cloud.backend).ref


def by_openai(cloud: FakeCloud) -> JobRef:
    asked = {"method": "POST", "url": "/v1/chat/completions"}
    lines = [json.dumps({"custom_id": f"id-{at}", **asked, "body": body(at)}) for at in range(REQUESTS)]
    sent = SentFile(purpose="batch", name="requests.jsonl", body="\n".join(lines).encode())
    file = files.create(sent, "acme", cloud.backend)
    given = {"input_file_id": file.id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    wanted = OpenAICreate.model_validate({**given, "metadata": {"team": "docs"}})
    made = openai.create(wanted, Call(_caller()), cloud.backend)
    return found("acme", made.id, openai.PREFIX, cloud.backend).ref


def by_anthropic(cloud: FakeCloud) -> JobRef:
    cloud.plugins["anthropic"] = cloud.provider
    requests = [{"custom_id": f"id-{at}", "params": body(at)} for at in range(REQUESTS)]
    made = anthropic.create(AnthropicCreate.model_validate({"requests": requests}), Call(_caller()), cloud.backend)
    return found("acme", made.id, anthropic.PREFIX, cloud.backend).ref


def by_gemini(cloud: FakeCloud) -> JobRef:
    requests = [{"request": body(at), "metadata": {"key": f"id-{at}"}} for at in range(REQUESTS)]
    return _gemini({"requests": {"requests": requests}}, cloud)


def by_geminis_file(cloud: FakeCloud) -> JobRef:
    content = "\n".join(json.dumps({"key": f"id-{at}", "request": body(at)}) for at in range(REQUESTS)).encode()
    place = gemini_files.start(UploadAsked(), len(content), len(content), "acme", cloud.backend)
    sent = gemini_files.receive(place, gemini_files.WHOLE, content, cloud.backend)
    return _gemini({"fileName": sent["file"]["name"]}, cloud)


def _gemini(source: dict[str, Any], cloud: FakeCloud) -> JobRef:
    cloud.plugins["gemini"] = cloud.provider
    asked = GeminiCreate.model_validate({"batch": {"displayName": "docs", "inputConfig": source}})
    made = gemini.create("echo-1", asked, Call(_caller()), cloud.backend)
    return found("acme", made["name"], gemini.PREFIX, cloud.backend).ref


def _caller() -> Caller:
    return Caller(tenant="acme", correlation_id="c-1")


def spent(way: Way, cloud: FakeCloud) -> dict[str, int]:
    counted: dict[str, int] = {}
    cloud.through = lambda port: Counted(port, counted)
    cloud.configure(chunk_requests=1000)
    ref = way(cloud)
    cloud.run(cloud.backend.jobs.get(ref))
    return counted


HTTP: dict[Way, int] = {native: 2, inline: 1, by_openai: 2, by_anthropic: 1, by_gemini: 1, by_geminis_file: 3}
"""Calls of the gateway, and so of a function, until the batch is made."""


def dollars(way: Way, counted: dict[str, int]) -> float:
    """What is not the same however a batch comes in: writes, objects, and the calls that make it."""
    calls = HTTP[way] * (prices.HTTP_API_REQUEST + prices.LAMBDA_REQUEST + API_SECONDS * prices.LAMBDA_GB_SECOND / 2)
    return counted["units"] * prices.WRITE_UNIT + counted["puts"] * prices.S3_PUT + calls


API_SECONDS = 0.1
"""Of a function of half a gigabyte."""


@pytest.mark.parametrize(
    ("way", "like"), [(by_openai, native), (by_anthropic, inline), (by_gemini, inline), (by_geminis_file, native)]
)
def test_a_request_through_a_surface_costs_what_a_native_one_does(cloud: FakeCloud, way: Way, like: Way) -> None:
    ours, theirs = spent(like, FakeCloud()), spent(way, cloud)
    paid = {each: dollars(each, counted) for each, counted in ((like, ours), (way, theirs))}
    for each, counted in ((like, ours), (way, theirs)):
        figures = f"{counted['calls']} calls, {counted['units']} write units, {counted['puts']} PUTs"
        print(f"{each.__name__}: {figures}, {paid[each] * 1e6:.1f} millionths of a dollar for {REQUESTS} requests")
    assert ours["puts"] > 0
    assert paid[way] <= 1.1 * paid[like]
    for what in ("units", "puts"):
        assert theirs[what] <= 1.1 * ours[what], what
