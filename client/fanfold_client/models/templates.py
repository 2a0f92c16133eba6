"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer
from fanfold_client.models.shared import Options


class TemplateVersion(Answer):
    """A version of a template, as the API shows it."""

    name: str = ""
    version: int = 0
    label: str = ""
    """What a batch names it by: `classify@3`."""
    description: str | None = None
    options: Options = Field(default_factory=lambda: Options())
    variables: dict[str, str | None] = Field(default_factory=dict)
    """Gaps that a batch fills once, with what they hold if it does not; null has to be given."""
    fields: list[str] = Field(default_factory=list)
    """Gaps that each row fills."""
    created_at: str = ""


class Template(Answer):
    """A template with its latest version."""

    name: str = ""
    latest: TemplateVersion = Field(default_factory=lambda: TemplateVersion())
    versions: list[int] = Field(default_factory=list)
    """The newest first; lists of templates have the latest alone."""
    created_at: str = ""
    archived_at: str | None = None


class TemplateList(Answer):
    """In the API TemplateList."""

    templates: list[Template] = Field(default_factory=list)
