"""Saved templates: prompts under a name, in versions, with the model, schema and options that they were tried with."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fanfold.batches.model.batch import Label, Options
from fanfold.batches.model.prompt_template import PromptTemplate

NAME = r"[a-z0-9][a-z0-9._-]{0,63}"
TemplateName = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
OWN = frozenset({"from_template", "variables", "sample", "deadline"})
"""Options that belong to a batch and to no template."""
Variables = Annotated[dict[Label, Annotated[str, Field(max_length=8192)] | None], Field(max_length=32)]
"""Gaps that are filled once for a batch and not from its rows, with what they hold if the batch does not say."""


class TemplateVersion(BaseModel):
    """A version of a saved template; it never changes."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int
    options: dict[str, Any]
    variables: dict[str, str | None] = {}
    description: str | None = None
    created_at: str

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"

    def says(self, other: "TemplateVersion") -> bool:
        """Whether it asks for the same."""
        return (self.options, self.variables) == (other.options, other.variables)


class TemplateHead(BaseModel):
    """A saved template: which version is the latest, and whether it is archived."""

    model_config = ConfigDict(frozen=True)

    name: str
    latest: int
    created_at: str
    archived_at: str | None = None


def parsed(text: str) -> tuple[str, int | None]:
    """`classify` or `classify@3` as a name and a version."""
    name, _, version = text.partition("@")
    return name, int(version) if version else None


def filled(options: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The options with the values in place of their gaps, in the prompt and in the system prompt."""
    found = dict(options)
    found["template"] = _filled_prompt(str(options["template"]), values)
    if system := options.get("system"):
        found["system"] = re.sub(r"\{(\w+)\}", lambda gap: values.get(gap[1], gap[0]), system)
    return found


def gaps(options: Options) -> tuple[str, ...]:
    """The names of the gaps of a template's prompt, each once."""
    return tuple(dict.fromkeys(PromptTemplate.of(options.template or "").names))


def _filled_prompt(text: str, values: Mapping[str, str]) -> str:
    """A prompt in which other gaps stay gaps."""
    found = PromptTemplate.of(text)
    parts = [_escaped(found.texts[0])]
    for name, behind in zip(found.names, found.texts[1:], strict=True):
        parts += [_escaped(values[name]) if name in values else f"{{{name}}}", _escaped(behind)]
    return "".join(parts)


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
