"""Embeddings: the same text has the same vector, and texts that share words have vectors that are alike
(https://developers.openai.com/api/docs/guides/embeddings).
"""

import base64
import math
import struct
from typing import Any

from starlette.requests import Request

from local.provider.chance import seed_of
from local.provider.known_models import embedding_models
from local.provider.model import REFUSAL_TRIGGER, Prompt, count_tokens
from local.provider.problems import bad_request
from local.provider.records import Usage
from local.provider.surface import Question
from local.provider.surfaces.openai.requests import Body, named_model

MOST_INPUTS, MOST_TOKENS = 2048, 8192
SIZES = {"text-embedding-3-large": 3072}
USUAL = 1536
WORD_PLACES = 8
"""Places of a vector that a word counts in."""


def embedded(body: Body) -> tuple[dict[str, Any], Usage]:
    """The answer to a body and what it cost; CallError names the parameter at fault."""
    model, texts = named_model(body, embedding_models()), _inputs(body)
    size, form = _size(body, model), body.get("encoding_format", "float")
    if form not in ("float", "base64"):
        raise bad_request("Invalid value for 'encoding_format': 'float' or 'base64'.", "encoding_format")
    used = sum(map(count_tokens, texts))
    data = [
        {"object": "embedding", "index": n, "embedding": _worded(vector(text, model, size), form)}
        for n, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": used, "total_tokens": used}
    return {"object": "list", "data": data, "model": model, "usage": usage}, Usage(used, 0, 0, 0)


def vector(text: str, model: str, size: int) -> list[float]:
    """A vector of length 1."""
    found = [0.0] * size
    for word in text.lower().split() or [text]:
        seed = seed_of(model, word)
        for step in range(WORD_PLACES):
            place = (seed >> (5 * step)) * (2 * step + 3) % size
            found[place] += 1.0 if seed >> step & 1 else -1.0
    length = math.sqrt(sum(value * value for value in found)) or 1.0
    return [round(value / length, 6) for value in found]


def _worded(found: list[float], form: str) -> list[float] | str:
    return found if form == "float" else base64.b64encode(struct.pack(f"<{len(found)}f", *found)).decode()


def _inputs(body: Body) -> list[str]:
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise bad_request("Invalid 'input': expected a text, or an array of texts, none empty.", "input")
    if len(texts) > MOST_INPUTS or any(count_tokens(text) > MOST_TOKENS for text in texts):
        raise bad_request(f"Invalid 'input': {MOST_INPUTS} texts of {MOST_TOKENS} tokens at most.", "input")
    if any(REFUSAL_TRIGGER in text for text in texts):
        raise bad_request("Invalid 'input': it was refused.", "input")
    return texts


def _size(body: Body, model: str) -> int:
    most = SIZES.get(model, USUAL)
    size = body.get("dimensions", most)
    if not isinstance(size, int) or not 1 <= size <= most:
        raise bad_request(f"Invalid 'dimensions': expected an integer from 1 to {most}.", "dimensions")
    return size


class Embeddings:
    """The `Conversation` of embeddings, which never stream."""

    def read(self, _request: Request, body: Body, _owner: str) -> Question:
        answer = embedded(body)
        return Question(Prompt(model=body["model"], system="", user="\n".join(_inputs(body))), detail=answer)

    def complete(self, question: Question) -> tuple[dict[str, Any], Usage]:
        found: tuple[dict[str, Any], Usage] = question.detail
        return found

    def frames(self, _question: Question, _answer: dict[str, Any]) -> list[bytes]:
        raise bad_request("Embeddings do not stream.", "stream")
