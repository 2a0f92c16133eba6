"""Embeddings of Gemini's models: batchEmbedContents, and lines of a batch (https://ai.google.dev/api/embeddings)."""

from typing import Any

from starlette.requests import Request

from local.provider.known_models import gemini_embedding_models
from local.provider.model import REFUSAL_TRIGGER, Prompt, count_tokens
from local.provider.problems import bad_request
from local.provider.records import Usage
from local.provider.surface import Question
from local.provider.surfaces.gemini.requests import EMBED, Body, check_model, embedded_text, field_of
from local.provider.surfaces.openai.embeddings import vector

MOST = 3072


def embeds(model: str) -> bool:
    """Whether the model makes vectors, and no text."""
    return model in gemini_embedding_models()


def embedded(model: str, body: Body) -> tuple[dict[str, Any], Usage]:
    """The answer to a line's request and what it cost; CallError says which field is at fault."""
    text, size = embedded_text(body), field_of(body, "outputDimensionality") or MOST
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MOST:
        raise bad_request(f"Invalid value at 'output_dimensionality': the range is 1 to {MOST}.")
    if REFUSAL_TRIGGER in text:
        raise bad_request("The input was refused.")
    used = count_tokens(text)
    return {"embedding": {"values": vector(text, model, size)}, "tokenCount": used}, Usage(used, 0, 0, 0)


class Embed:
    """The `Conversation` of embeddings, which never stream."""

    def read(self, request: Request, body: Body, _owner: str) -> Question:
        model, asked = check_model(request.path_params["model"], EMBED), body.get("requests")
        if not isinstance(asked, list) or not asked or not all(isinstance(each, dict) for each in asked):
            raise bad_request("Invalid value at 'requests': expected a list of requests.")
        found = [embedded(model, each) for each in asked]
        used = sum(answer["tokenCount"] for answer, _ in found)
        told = {"embeddings": [each["embedding"] for each, _ in found], "usageMetadata": {"promptTokenCount": used}}
        text = "\n".join(embedded_text(each) for each in asked)
        return Question(Prompt(model=model, system="", user=text), detail=(told, Usage(used, 0, 0, 0)))

    def complete(self, question: Question) -> tuple[dict[str, Any], Usage]:
        answer: tuple[dict[str, Any], Usage] = question.detail
        return answer

    def frames(self, _question: Question, _answer: dict[str, Any]) -> list[bytes]:
        raise bad_request("Embeddings do not stream.")
