"""The lines of results: what became of each request, and which of them need no second try."""

import struct
from base64 import b64decode
from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, Field

from fanfold.batches.model.batch import Again
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.job import Counts
from fanfold.ports import Blobs
from fanfold.pricing.tariff import Lane
from fanfold.providers import Fault, Finish, Status, Usage


def optional(default: Any = None) -> Any:
    """A field that a line of the results leaves out when it is not set."""
    return Field(default=default, exclude_if=lambda value: value is None)


class Result(BaseModel):
    """A line of the results: what became of one request. `output` and `finish_reason` are there always, if as null."""

    custom_id: str
    line: int
    row: int = 0
    """How many records come before it in the input, as a reader of CSV counts them from 0."""
    status: Status
    output: str | None = None
    finish_reason: Finish | None = None
    provider_reason: str | None = optional()
    usage: Usage
    error: Fault | None = optional()
    response: dict[str, object] | None = optional()
    answered_by: str | None = optional()
    """`provider/model` of the fallback that answered in place of the model that was asked for."""
    lane: Lane | None = optional()
    """The lane that it was answered in, if that is not where its batch's other requests went in the end."""
    repaired: bool | None = optional()
    """Whether it is the second answer: the first did not keep to its schema, and was shown to the model."""
    collapsed: bool | None = optional()
    """Whether another request of the batch says the same, and was asked for this one as well; it cost nothing."""
    cached: bool | None = optional()
    """Whether it is what another of the tenant's batches was answered to the same; it cost nothing."""
    cost_usd: float | None = optional()
    """What its last call cost; None if it used no tokens, or at a price that is not known."""
    seconds: float | None = optional()
    """How long its last call took, where it was a call of its own."""
    max_tokens: int | None = optional()
    """Its limit of output tokens, if the retry that it is of gave it another one than it came with."""
    columns: dict[str, Any] = Field(default={}, exclude_if=lambda columns: not columns)
    """What is kept of its record."""
    tries: int = Field(default=1, exclude_if=lambda tries: tries == 1)
    """Calls that were made for it in this round."""


def read_results(
    settled: ChunkResult | None, blobs: Blobs, only: str | None = None, again: Collection[Again] = (Again.FAILED,)
) -> dict[int, Result]:
    """The results of a settled chunk that stand, by position: those that a retry of `again` leaves alone.

    With `only`, a kind of fault, it is all that have not failed with that.
    """
    if settled is None:
        return {}
    lines = blobs.get(settled.results).splitlines()
    results = (Result.model_validate_json(line) for line in lines)
    return {position: result for position, result in enumerate(results) if _stands(result, only, again)}


def can_be_tried(counts: Counts, again: Collection[Again]) -> int:
    """How many requests a retry of `again` has, at most: one may be of two kinds."""
    found = {
        Again.FAILED: counts.failed,
        Again.TRUNCATED: counts.finish_length,
        Again.FILTERED: counts.finish_refusal,
        Again.EMPTY: counts.empty,
    }
    return sum(found[each] for each in again)


def is_empty(result: Result) -> bool:
    """Whether the request has an answer, and there is nothing in it."""
    return (
        result.status is Status.SUCCEEDED
        and result.finish_reason is not Finish.TOOL
        and not is_embedding(result)
        and not (result.output and not result.output.isspace())
    )


def is_embedding(result: Result) -> bool:
    """Whether the answer is a vector, or several: it then is in the response alone."""
    response = result.response or {}
    return isinstance(response.get("embedding"), dict) or (response.get("object") == "list" and "data" in response)


def vectors(result: Result) -> list[list[float]]:
    """The vectors of an answer, as OpenAI and Gemini have them; none if it is another's."""
    response: dict[str, Any] = result.response or {}
    if response.get("object") == "list" and isinstance(data := response.get("data"), list):
        in_order = sorted(data, key=lambda each: int(each.get("index", 0)))
        return [_vector(each.get("embedding")) for each in in_order]
    embedding = response.get("embedding")
    return [_vector(embedding.get("values"))] if isinstance(embedding, dict) else []


def _vector(found: Any) -> list[float]:
    """The numbers; as base64 they are little-endian floats of 32 bits."""
    if isinstance(found, str):
        packed = b64decode(found)
        return list(struct.unpack(f"<{len(packed) // 4}f", packed))
    return found if isinstance(found, list) else []


def _stands(result: Result, only: str | None, again: Collection[Again]) -> bool:
    if only is not None:
        return result.error is None or result.error.kind != only
    return not (
        (Again.FAILED in again and result.status is not Status.SUCCEEDED)
        or (Again.TRUNCATED in again and result.finish_reason is Finish.LENGTH)
        or (Again.FILTERED in again and result.finish_reason is Finish.REFUSAL)
        or (Again.EMPTY in again and is_empty(result))
    )
