"""One deterministic model behind all surfaces: the same prompt gets the same answer, in every run.

It has a bit of sense, so that results can be told apart by eye: asked for a topic it names a frequent word of
the text, asked for Italian it answers in Italian about the text's key words, given a JSON schema it returns a
valid value, asked for a number of words it writes prose of that length (and goes on with what it has begun), and
otherwise it sums the text up.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.provider.chance import seed_of, token_of
from local.provider.json_schema import example
from local.provider.prose import prose, rest_of, seed_for, words_wanted

CHARACTERS_A_TOKEN = 4
CACHEABLE_FROM, CACHE_STEP = 1024, 128
REASONING_STEP = 64
REFUSAL_TRIGGER = "[[refuse]]"
WORD = re.compile(r"[^\W\d_]{3,}")
SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
ASKS_TOPIC = re.compile(r"\b(topic|subject|theme|argomento|tema)\b", re.I)
ASKS_ITALIAN = re.compile(r"\b(italian|italiano)\b", re.I)
ASKS = re.compile(f"{ASKS_TOPIC.pattern}|{ASKS_ITALIAN.pattern}", re.I)
STOP_WORDS = frozenset(
    WORD.findall(
        """
        about above after also and any are because been before being between both but can could did does doing
        down during each few for from further had has have having her here him his how into its itself just may
        more most not now off once only other our out over own same she should some such than that the their
        them then there these they this those through too under until use used uses using very via was way well
        were what when where which while who why will with would you your one two new get let make makes made
        answer word words sentence text say tell give please package library python module provides support
        supports simple easy based che con del della delle dei per una uno gli nel nella sono questo questa come
        più
        """
    )
)
ITALIAN = (
    "Questo testo parla di {0}, con attenzione a {1} e {2}.",
    "Il tema principale è {0}, insieme a {1} e {2}.",
    "Si tratta di {0}, pensato per {1} e {2}.",
    "In una frase: {0} al servizio di {1} e {2}.",
    "Al centro ci sono {0}, {1} e {2}.",
)
SUMMARY = ("In short: {0}", "The text says: {0}", "To sum up: {0}", "The main point: {0}")


class RefusedError(Exception):
    """The prompt is against the content policy of the emulated model."""


@dataclass(frozen=True)
class Prompt:
    """A request as the model sees it; `max_tokens` includes reasoning, None means no limit.

    `user` is the whole conversation. `opening` is what it asks for first, `asked` what it asks for last, and `so_far`
    what has been answered to that; `tool` is the tool the model has to call, with arguments of `schema`;
    `page_tokens` are those of documents.
    """

    model: str
    system: str
    user: str
    max_tokens: int | None = None
    schema: dict[str, Any] | None = None
    as_json: bool = False
    reasons: bool = False
    tool: str | None = None
    opening: str = ""
    asked: str = ""
    so_far: str = ""
    page_tokens: int = 0

    @cached_property
    def token(self) -> str:
        """24 hex digits, the same for the same request; the ids in its answer have them."""
        return token_of(self)

    @property
    def input_tokens(self) -> int:
        """Tokens of all that goes in."""
        return count_tokens(self.system) + count_tokens(self.user) + self.page_tokens


@dataclass(frozen=True)
class Answer:
    """The text and its tokens; `is_cut` when `max_tokens` ended it. What was read from a cache (`cached_tokens`)
    and what was written to one (`written_tokens`) are among the input's.
    """

    text: str
    is_cut: bool
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    written_tokens: int = 0


def count_tokens(text: str) -> int:
    """About four characters a token, rounded up."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


def answer(prompt: Prompt) -> Answer:
    """The model's answer; RefusedError where the prompt holds `[[refuse]]`."""
    if REFUSAL_TRIGGER in prompt.system + prompt.user:
        raise RefusedError
    seed = seed_of(prompt.model, prompt.system, prompt.user)
    text = _compose(prompt, seed)
    reasoning = REASONING_STEP * (seed % 3) if prompt.reasons else 0
    wanted = reasoning + count_tokens(text)
    limit = wanted if prompt.max_tokens is None else prompt.max_tokens
    reasoning = min(reasoning, limit)
    text = text[: CHARACTERS_A_TOKEN * max(0, limit - reasoning)]
    system = count_tokens(prompt.system)
    return Answer(
        text=text,
        is_cut=wanted > limit,
        input_tokens=prompt.input_tokens,
        cached_tokens=system // CACHE_STEP * CACHE_STEP if system >= CACHEABLE_FROM else 0,
        output_tokens=reasoning + count_tokens(text),
        reasoning_tokens=reasoning,
    )


def _compose(prompt: Prompt, seed: int) -> str:
    task, text = _split(prompt.user)
    asked = f"{prompt.system} {task}"
    words = key_words(text)
    if prompt.schema is not None:
        return json.dumps(example(prompt.schema, seed, words), ensure_ascii=False)
    if prompt.as_json:
        return json.dumps({"answer": _sum_up(text, seed), "keywords": words[:3]}, ensure_ascii=False)
    if wanted := words_wanted(prompt.asked):
        return _prose(prompt, wanted)
    if ASKS_ITALIAN.search(asked):
        return ITALIAN[seed % len(ITALIAN)].format(*[*words, "parole", "idee", "esempi"][:3])
    if ASKS_TOPIC.search(asked):
        return words[0] if words else "none"
    return _sum_up(text, seed)


def _prose(prompt: Prompt, words: int) -> str:
    topics = tuple(key_words(prompt.asked)[:12]) or ("writing", "words")
    return rest_of(prose(seed_for(prompt.model, prompt.system, prompt.asked), words, topics), prompt.so_far)


def _split(user: str) -> tuple[str, str]:
    """The sentences that ask for something, and the rest they ask about (all, where nothing else is left)."""
    sentences = [match.group().strip() for match in SENTENCE.finditer(user)]
    asking = [s for s in sentences if s.endswith("?") or ASKS.search(s)]
    rest = [sentence for sentence in sentences if sentence and sentence not in asking]
    return " ".join(asking), " ".join(rest) or user


def key_words(text: str) -> list[str]:
    """The text's words by weight, heaviest first: how often they come, and longer ones sooner."""
    words = [word for word in WORD.findall(text.lower()) if word not in STOP_WORDS]
    first = {word: -place for place, word in reversed(list(enumerate(words)))}
    counts = Counter(words)
    return sorted(counts, key=lambda word: (counts[word] + min(len(word), 10) / 20, first[word]), reverse=True)


def _sum_up(text: str, seed: int) -> str:
    words = text.split()
    gist = " ".join(words[: 12 + seed % 8]).rstrip(".,;:")
    return SUMMARY[seed % len(SUMMARY)].format(gist or "nothing") + "."
