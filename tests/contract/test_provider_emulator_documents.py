"""Documents and the prompt cache of the emulated Anthropic, seen through the official SDK."""

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic

from local.provider.process import ProviderEmulator
from local.provider.surfaces.anthropic.prompt_cache import PromptCache, Section

MODEL = "claude-haiku-4-5"


def pdf(pages: int, mark: str = "") -> bytes:
    """As much of a PDF as tells its pages."""
    kids = "".join(f"{n + 3} 0 obj << /Type /Page /Parent 2 0 R >> endobj\n" for n in range(pages))
    return f"%PDF-1.7\n% {mark}\n2 0 obj << /Type /Pages /Count {pages} >> endobj\n{kids}%%EOF\n".encode()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.1) as running:
        yield running


@pytest.fixture(scope="module")
def client(emulator: ProviderEmulator) -> Iterator[Any]:
    with Anthropic(base_url=emulator.anthropic_base_url, api_key="sk-one", max_retries=0, timeout=120) as client:
        yield client


def upload(client: Any, content: bytes, media_type: str = "application/pdf") -> str:
    return client.files.upload(file=("paper.pdf", content, media_type), expires_in_seconds=3600).id


def from_file(file_id: str, ttl: str | None = None, **extra: Any) -> dict[str, Any]:
    control = {"cache_control": {"type": "ephemeral", "ttl": ttl}} if ttl else {}
    return {"type": "document", "source": {"type": "file", "file_id": file_id}, **control, **extra}


def in_base64(content: bytes) -> dict[str, Any]:
    data = base64.b64encode(content).decode()
    return {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}}


def ask(client: Any, *blocks: dict[str, Any], question: str = "What is it about?") -> Any:
    content = [*blocks, {"type": "text", "text": question}]
    return client.messages.create(model=MODEL, max_tokens=200, messages=[{"role": "user", "content": content}])


class TestDocuments:
    def test_pages_are_tokens(self, client: Any) -> None:
        one, ten = (ask(client, from_file(upload(client, pdf(pages)))).usage.input_tokens for pages in (1, 10))
        assert ten - one == 9 * 2000

    def test_a_file_is_known_by_its_content(self, client: Any) -> None:
        answers = [ask(client, from_file(upload(client, pdf(3)))) for _ in range(2)]
        answers.append(ask(client, in_base64(pdf(3))))
        assert len({answer.id for answer in answers}) == 1
        assert len({answer.usage.input_tokens for answer in answers}) == 1
        assert ask(client, in_base64(pdf(3, "other"))).id != answers[0].id

    def test_plain_text_is_read(self, client: Any) -> None:
        text = "Grammar and grammars, a grammar."
        inline = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}}
        stored = from_file(upload(client, text.encode(), "text/plain"))
        for block in (inline, stored):
            assert ask(client, block, question="Which topic?").content[0].text == "grammar"

    @pytest.mark.parametrize(
        ("source", "status", "said"),
        [
            ({"type": "file", "file_id": "file_000000000000000000000000"}, 404, "File not found"),
            ({"type": "base64", "media_type": "application/pdf", "data": "%"}, 400, "base64"),
            ({"type": "base64", "media_type": "application/pdf", "data": "aGVsbG8="}, 400, "not valid"),
            ({"type": "base64", "media_type": "image/png", "data": ""}, 400, "media_type"),
            ({"type": "base64", "media_type": "application/pdf", "data": pdf(101)}, 400, "100 PDF pages"),
            ({"type": "base64", "media_type": "application/pdf", "data": b"%PDF-" + b"x" * 2**25}, 413, "maximum size"),
            ({"type": "carrier_pigeon"}, 400, "carrier_pigeon"),
        ],
    )
    def test_what_is_no_document_is_refused(self, client: Any, source: dict[str, Any], status: int, said: str) -> None:
        data = source.get("data")
        sent = source | {"data": base64.b64encode(data).decode()} if isinstance(data, bytes) else source
        with pytest.raises(anthropic.APIStatusError, match=said) as caught:
            ask(client, {"type": "document", "source": sent})
        assert caught.value.status_code == status

    def test_somebody_elses_file_is_not_found(self, emulator: ProviderEmulator, client: Any) -> None:
        file = upload(client, pdf(1))
        with (
            Anthropic(base_url=emulator.anthropic_base_url, api_key="sk-two", max_retries=0) as other,
            pytest.raises(anthropic.NotFoundError),
        ):
            ask(other, from_file(file))

    def test_batches_read_documents_too(self, client: Any) -> None:
        block = from_file(upload(client, pdf(2)))
        direct = ask(client, block)
        content = [block, {"type": "text", "text": "What is it about?"}]
        params: Any = {"model": MODEL, "max_tokens": 200, "messages": [{"role": "user", "content": content}]}
        batch = client.messages.batches.create(requests=[{"custom_id": "a", "params": params}])
        while client.messages.batches.retrieve(batch.id).processing_status != "ended":
            pass
        (row,) = client.messages.batches.results(batch.id)
        assert row.result.message == direct


class TestCache:
    def test_the_first_call_writes_and_others_read(self, client: Any) -> None:
        block = from_file(upload(client, pdf(5, "cached")), "1h", title="paper")
        first, second = (ask(client, block, question=f"Question {n}?").usage for n in range(2))
        assert (first.cache_read_input_tokens, second.cache_creation_input_tokens) == (0, 0)
        assert first.cache_creation_input_tokens == second.cache_read_input_tokens > 10_000
        assert first.cache_creation.ephemeral_1h_input_tokens == first.cache_creation_input_tokens
        assert first.input_tokens == second.input_tokens < 10

    def test_a_growing_conversation_reads_what_it_wrote(self, client: Any) -> None:
        control = {"cache_control": {"type": "ephemeral"}}
        turns: list[Any] = []
        read = []
        for n in range(3):
            asked = {"type": "text", "text": f"Part {n}: " + "word " * 1000}
            usage = client.messages.create(
                model=MODEL, max_tokens=9, messages=[*turns, {"role": "user", "content": [asked | control]}]
            ).usage
            read.append(usage.cache_read_input_tokens)
            turns += [{"role": "user", "content": [asked]}, {"role": "assistant", "content": "Noted."}]
        assert read[0] == 0 < read[1] < read[2]

    def test_the_body_can_ask_for_it(self, client: Any) -> None:
        asked: Any = [{"role": "user", "content": "whole " * 1000}]
        usages = [
            client.messages.create(model=MODEL, max_tokens=9, messages=asked, cache_control={"type": "ephemeral"}).usage
            for _ in range(2)
        ]
        assert [usage.cache_read_input_tokens for usage in usages] == [0, 1500]

    def test_little_is_not_cached(self, client: Any) -> None:
        block = {"type": "text", "text": "little", "cache_control": {"type": "ephemeral"}}
        usages = [ask(client, block).usage for _ in range(2)]
        assert {(usage.cache_creation_input_tokens, usage.cache_read_input_tokens) for usage in usages} == {(0, 0)}

    def test_another_key_or_model_shares_nothing(self, emulator: ProviderEmulator, client: Any) -> None:
        block = {"type": "text", "text": "mine " * 1000, "cache_control": {"type": "ephemeral"}}
        ask(client, block)
        with Anthropic(base_url=emulator.anthropic_base_url, api_key="sk-two", max_retries=0) as other:
            assert ask(other, block).usage.cache_read_input_tokens == 0
        asked: Any = [{"role": "user", "content": [block]}]
        usage = client.messages.create(model="claude-sonnet-5", max_tokens=9, messages=asked).usage
        assert usage.cache_read_input_tokens == 0

    def test_calls_at_the_same_time_do_not_share(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.latency(request_seconds=0.5)
        block = {"type": "text", "text": "at once " * 1000, "cache_control": {"type": "ephemeral"}}
        usages: list[Any] = []
        calls = [threading.Thread(target=lambda: usages.append(ask(client, block).usage)) for _ in range(3)]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        emulator.latency(request_seconds=0)
        assert [usage.cache_read_input_tokens for usage in usages] == [0, 0, 0]
        assert ask(client, block).usage.cache_read_input_tokens > 0

    @pytest.mark.parametrize(
        ("controls", "said"),
        [
            ([{"type": "ephemeral"}] * 5, "Found 5"),
            ([{"type": "eternal"}], "ephemeral"),
            ([{"ttl": "1h"}], "ephemeral"),
        ],
    )
    def test_breakpoints_have_rules(self, client: Any, controls: list[Any], said: str) -> None:
        with pytest.raises(anthropic.BadRequestError, match=said):
            ask(client, *({"type": "text", "text": "x", "cache_control": control} for control in controls))

    def test_an_entry_lives_from_its_last_use(self) -> None:
        now = [1000.0]
        cache = PromptCache(clock=lambda: now[0])
        sections = [Section("long", 2000, "5m")]
        read = []
        for moment in (0, 200, 400, 800):
            now[0] = 1000.0 + moment
            use = cache.look_up("key", "model", sections)
            cache.note(use)
            read.append((use.read, use.written_tokens))
        assert read == [(0, 2000), (2000, 0), (2000, 0), (0, 2000)]

    def test_only_what_is_new_is_written(self) -> None:
        cache = PromptCache()
        first = [Section("tools", 1500, "1h"), Section("system", 500, "5m")]
        use = cache.look_up("key", "model", first)
        cache.note(use)
        assert use.written == (("1h", 1500), ("5m", 500))
        longer = cache.look_up("key", "model", [*first, Section("more", 300, "5m")])
        assert (longer.read, longer.written) == (2000, (("5m", 300),))
        changed = cache.look_up("key", "model", [first[0], Section("other", 700, "5m")])
        assert (changed.read, changed.written) == (1500, (("5m", 700),))


def test_files_expire(tmp_path: Path) -> None:
    with (
        ProviderEmulator(tmp_path) as emulator,
        Anthropic(base_url=emulator.anthropic_base_url, api_key="sk-one", max_retries=0) as client,
    ):
        with pytest.raises(anthropic.BadRequestError, match="expires_in_seconds"):
            client.files.upload(file=("x.pdf", pdf(1), "application/pdf"), expires_in_seconds=1)
        file = client.files.upload(file=("x.pdf", pdf(1), "application/pdf"), expires_in_seconds=3600)
        client.files.delete(file.id)
        with pytest.raises(anthropic.NotFoundError):
            ask(client, from_file(file.id))
