"""Documents at providers: the emulated Anthropic and the fake model, held by the same tests."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fanfold import providers
from fanfold.errors import ProviderRefused
from fanfold.providers import Finish, Material, Prompt, documents
from local.provider.process import ProviderEmulator
from tests.fakes import pdfs
from tests.fakes.writer import MemoryWriter

FILLER = "The harbour wakes before the town does. " * 300


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0) as running:
        yield running


@pytest.fixture(params=["anthropic", "memory"])
def keeper(request: pytest.FixtureRequest, emulator: ProviderEmulator, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A provider that keeps documents."""
    if request.param == "memory":
        return documents(MemoryWriter())  # type: ignore[arg-type]
    monkeypatch.setenv("ANTHROPIC_BASE_URL", emulator.anthropic_base_url)
    return documents(providers.provider("anthropic", lambda: "sk-emulated", 30))


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    file = tmp_path / "paper.pdf"
    file.write_bytes(pdfs.pdf(FILLER[:400]))
    return file


def test_a_document_is_found_by_its_name_and_dropped(keeper: Any, paper: Path) -> None:
    ids = [keeper.keep_document(paper, f"fanfold-s{n}-0001-x.pdf") for n in (1, 1, 2)]
    assert sorted(keeper.kept_documents("fanfold-s1-")) == sorted(ids[:2])
    assert list(keeper.kept_documents("fanfold-s2-")) == ids[2:]
    assert list(keeper.kept_documents("fanfold-s3-")) == []
    for id in ids:
        keeper.drop_document(id)
        keeper.drop_document(id)
    assert list(keeper.kept_documents("fanfold-s")) == []


@pytest.mark.parametrize("name", [name for name in providers.names() if name != "anthropic"])
def test_other_providers_say_that_they_keep_none(name: str) -> None:
    assert documents(providers.provider(name, lambda: "sk", 30)) is None


def answered(provider: Any, material: list[Material], request: str) -> Any:
    """What the provider answers to a request behind material."""
    keeping = documents(provider)
    assert keeping
    content = keeping.parts([*material, Material(request)])
    system = keeping.parts([Material(FILLER, cached=True)])
    messages = ({"role": "system", "content": system}, {"role": "user", "content": content})
    body = provider.body(Prompt("claude-haiku-4-5", messages, max_tokens=4000))  # type: ignore[arg-type]

    async def ask() -> Any:
        try:
            return await provider.answer("id", body, 30)
        finally:
            await provider.close()

    return asyncio.run(ask())


def test_documents_are_read_from_the_cache_the_second_time(
    emulator: ProviderEmulator, monkeypatch: pytest.MonkeyPatch, paper: Path
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", emulator.anthropic_base_url)

    def fresh() -> Any:
        return providers.provider("anthropic", lambda: "sk-emulated", 30)

    keeping = documents(fresh())
    assert keeping
    file = keeping.keep_document(paper, "fanfold-cache.pdf")
    material = [Material(FILLER, title="a text"), Material(title="a PDF", file=file, cached=True)]
    first, second = (answered(fresh(), material, f"Write about {words} words.") for words in (100, 120))
    assert first.finish_reason is Finish.STOP
    assert 100 <= len((first.output or "").split()) <= 135  # its last sentence may be long
    assert second.usage.cached_tokens > 0.9 * first.usage.input_tokens
    keeping.drop_document(file)
    with pytest.raises(ProviderRefused, match="not found"):
        answered(fresh(), material, "Write about 100 words.")
