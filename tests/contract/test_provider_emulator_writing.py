"""Texts of a wanted length from the emulated models, cut and gone on with, and the same answers on every way."""

import json
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic
from google import genai
from google.genai.types import HttpOptions
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI

from local.provider.process import ProviderEmulator
from local.provider.prose import prose, rest_of, words_wanted
from local.provider.turns import Turn, task_of

MODEL = "claude-haiku-4-5"
WISH = "Write about 600 words on the history of lighthouses."


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.1) as running:
        yield running


@pytest.fixture(scope="module")
def client(emulator: ProviderEmulator) -> Iterator[Anthropic]:
    with Anthropic(base_url=emulator.anthropic_base_url, api_key="sk-one", max_retries=0, timeout=120) as client:
        yield client


@pytest.fixture(scope="module")
def openai(emulator: ProviderEmulator) -> Iterator[OpenAI]:
    with OpenAI(base_url=emulator.openai_base_url, api_key="sk-one", max_retries=0, timeout=120) as client:
        yield client


def write(client: Anthropic, turns: list[dict[str, Any]], most: int = 4000, model: str = MODEL) -> tuple[str, str]:
    """The text, and why it ended."""
    messages: Any = turns
    answer = client.messages.create(model=model, max_tokens=most, messages=messages)
    return "".join(block.text for block in answer.content), str(answer.stop_reason)  # type: ignore[union-attr]


class TestLength:
    def test_as_many_words_as_were_asked_for(self, client: Anthropic) -> None:
        text, ended = write(client, [{"role": "user", "content": WISH}])
        assert 600 <= len(text.split()) < 640
        assert (ended, "lighthouses" in text, "\n\n" in text) == ("end_turn", True, True)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("Write about 800 words.", 800),
            ("a 1,200-word essay", 1200),
            ("Length: between 900 and 1000 words", 1000),
            ("Answer in 3 words", 0),
            ("some words", 0),
            ("A list of 5000 words for every language.", 0),
            ("Write to password 500", 0),
            ("Write 9999999 words", 0),
        ],
    )
    def test_wishes(self, text: str, words: int) -> None:
        assert words_wanted(text) == words

    def test_sentences_vary(self) -> None:
        sentences = prose(1, 2000, ("sea", "light", "stone")).replace("\n\n", " ").split(". ")
        assert len(set(sentences)) > 0.95 * len(sentences)


class TestGoingOn:
    def whole(self, client: Anthropic) -> str:
        return write(client, [{"role": "user", "content": WISH}])[0]

    def test_a_prefill_is_gone_on_with(self, client: Anthropic) -> None:
        written, ended, calls = "", "max_tokens", 0
        while ended == "max_tokens":
            prefill = [{"role": "assistant", "content": written}] if written else []
            piece, ended = write(client, [{"role": "user", "content": WISH}, *prefill], most=200)
            written, calls = written + piece, calls + 1
        assert written == self.whole(client)
        assert calls > 3

    def test_a_plea_to_continue_is_understood(self, client: Anthropic) -> None:
        turns: list[dict[str, Any]] = [{"role": "user", "content": WISH}]
        written, ended = "", "max_tokens"
        while ended == "max_tokens":
            piece, ended = write(client, turns, most=300)
            written += piece
            said = [{"role": "assistant", "content": piece}, {"role": "user", "content": "Please continue."}]
            turns += said
        assert written == self.whole(client)

    def test_later_models_take_no_prefill(self, client: Anthropic) -> None:
        turns = [{"role": "user", "content": WISH}, {"role": "assistant", "content": "It was"}]
        with pytest.raises(anthropic.BadRequestError, match="prefill"):
            write(client, turns, model="claude-sonnet-5")

    @given(cut=st.integers(0, 400))
    def test_the_rest_fits_wherever_it_was_cut(self, cut: int) -> None:
        text = prose(7, 60, ("sea", "light"))
        assert text[:cut] + rest_of(text, text[:cut]) == text
        assert (text[:cut].rstrip() + rest_of(text, text[:cut].rstrip())).split() == text.split()

    def test_a_strangers_start_counts_by_words(self) -> None:
        text = prose(7, 60, ("sea", "light"))
        assert (
            len(rest_of(text, "Ten words of somebody else who has begun it before").split()) == len(text.split()) - 10
        )

    def test_a_new_wish_is_a_new_text(self) -> None:
        turns = [Turn(True, WISH), Turn(False, "It was"), Turn(True, "Continue with another 100 words on ships.")]
        assert task_of(turns).asked == turns[-1].text
        assert task_of(turns[:2]) == (WISH, WISH, "It was")
        assert task_of([]) == ("", "", "")


class TestTheSameEverywhere:
    """One prompt, one answer: asked directly, streamed, or in a batch."""

    def test_openai(self, openai: OpenAI) -> None:
        body: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": WISH}], "max_tokens": 100}
        direct = openai.chat.completions.create(**body)
        line = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
        file = openai.files.create(file=("in.jsonl", json.dumps(line).encode()), purpose="batch")
        batch = openai.batches.create(input_file_id=file.id, endpoint=line["url"], completion_window="24h")
        while (batch := openai.batches.retrieve(batch.id)).status != "completed":
            time.sleep(0.02)
        told = json.loads(openai.files.content(str(batch.output_file_id)).text)["response"]["body"]
        assert told | {"created": 0} == direct.model_dump(exclude_unset=True) | {"created": 0}
        assert direct.choices[0].finish_reason == "length"

    def test_anthropic(self, client: Anthropic) -> None:
        body: Any = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": WISH}]}
        direct = client.messages.create(**body)
        batch = client.messages.batches.create(requests=[{"custom_id": "a", "params": body}])
        while client.messages.batches.retrieve(batch.id).processing_status != "ended":
            time.sleep(0.02)
        (row,) = client.messages.batches.results(batch.id)
        with client.messages.stream(**body) as stream:
            streamed = stream.get_final_message()
        assert row.result.message == direct  # type: ignore[union-attr]
        assert (streamed.id, streamed.content[0].text) == (direct.id, direct.content[0].text)  # type: ignore[union-attr]

    def test_gemini(self, emulator: ProviderEmulator) -> None:
        options = HttpOptions(base_url=emulator.gemini_base_url)
        with genai.Client(api_key="sk-one", http_options=options) as sdk:
            asked: Any = {"model": "gemini-3.5-flash", "config": {"max_output_tokens": 400}, "contents": WISH}
            direct = sdk.models.generate_content(**asked)
            inline: Any = [{"contents": [{"parts": [{"text": WISH}]}], "config": {"max_output_tokens": 400}}]
            batch = sdk.batches.create(model="gemini-3.5-flash", src=inline)
            while (batch := sdk.batches.get(name=batch.name)).state.name != "JOB_STATE_SUCCEEDED":  # type: ignore[arg-type, union-attr]
                time.sleep(0.02)
            (row,) = batch.dest.inlined_responses  # type: ignore[misc, union-attr]
        assert row.response.text == direct.text  # type: ignore[union-attr]
        assert row.response.usage_metadata == direct.usage_metadata  # type: ignore[union-attr]
