"""The style profile: how it is asked for, read, and told to a model that writes."""

from typing import Any

from pydantic import ValidationError

from fanfold.errors import BadReply
from fanfold.lines import parse_json
from fanfold.writing.documents import Document, Style, StyleProfile
from fanfold.writing.quoted import RULES, fenced

MOST_SUMMARY, MOST_TRAIT, MOST_TRAITS = 32_000, 2000, 40
ROLE = (
    "You study how texts are written, so that others can write like them. "
    "Name traits that a writer could follow, not impressions. " + RULES
)
TEXTS = ("voice", "tone", "sentences", "vocabulary", "structure")
LISTS = ("devices", "avoid")
TRAITS: dict[str, Any] = {name: {"type": "string"} for name in (*TEXTS, "summary")}
TRAITS |= {name: {"type": "array", "items": {"type": "string"}} for name in LISTS}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": TRAITS,
    "required": list(TRAITS),
    "additionalProperties": False,
}


def request(document: Document) -> str:
    """What a model is asked about a document."""
    return (
        f"Describe how the document {fenced(document.title, 'title')} is written: voice, tone, sentences, vocabulary, "
        "structure, devices it likes, and what it avoids. Sum up what it says, with its facts and figures, in the "
        "summary."
    )


def merged(before: StyleProfile | None, style: Style, summary: str, document: Document, now: str) -> StyleProfile:
    """The profile with one more document in it. What its owner wrote stays, and stays first."""
    if before is None:
        return StyleProfile(style=style, summary=summary, updated_at=now, documents=(document.id,))
    old = before.style
    texts = {name: _joined(getattr(old, name), getattr(style, name), " ") for name in TEXTS}
    lists = {name: _united(getattr(old, name), getattr(style, name)) for name in LISTS}
    return before.model_copy(
        update={
            "style": Style(**texts, **lists),
            "summary": _joined(before.summary, f"{document.title}: {summary}", "\n\n")[:MOST_SUMMARY],
            "version": before.version + 1,
            "updated_at": now,
            "documents": tuple(dict.fromkeys([*before.documents, document.id])),
        }
    )


def read(text: str) -> tuple[Style, str]:
    """The style and the summary that a model answered with. Raises BadReply if it is none."""
    try:
        said = parse_json(text.encode())
        style = {name: _trimmed(said[name]) for name in Style.model_fields}
        return Style.model_validate(style), str(said["summary"])[:MOST_SUMMARY]
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise BadReply(f"the model's profile can't be read: {type(error).__name__}") from None


def told(profile: StyleProfile) -> str:
    """The profile as a writing model gets it, as data."""
    style = profile.style
    lines = [f"{name}: {getattr(style, name)}" for name in TEXTS]
    lines += [f"{name}: {'; '.join(getattr(style, name))}" for name in LISTS]
    return fenced("\n".join(lines), "style profile") + "\n\n" + fenced(profile.summary, "summary of the documents")


def _joined(old: str, new: str, between: str) -> str:
    return old if new in old else f"{old}{between}{new}".strip()[: MOST_TRAIT if between == " " else None]


def _united(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*old, *new]))[:MOST_TRAITS]


def _trimmed(value: Any) -> Any:
    if isinstance(value, list):
        return [str(each)[:MOST_TRAIT] for each in value[:MOST_TRAITS]]
    return str(value)[:MOST_TRAIT]
