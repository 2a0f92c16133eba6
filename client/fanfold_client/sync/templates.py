# Made by `make client` of aio/templates.py: do not edit.
"""Templates: prompts under a name, in versions, with the options that they were tried with."""

from collections.abc import Mapping
from typing import Any

from fanfold_client.calls import given, segment
from fanfold_client.errors import Conflict
from fanfold_client.models import Template, TemplateList, TemplateVersion
from fanfold_client.sync.connection import Connection

ROOT = "/v1/templates"
AllTemplates = list[Template]


def _path(name: str) -> str:
    return f"{ROOT}/{segment(name)}"


def _said(
    options: Mapping[str, Any], variables: Mapping[str, str | None] | None, description: str | None
) -> dict[str, Any]:
    return given({"options": dict(options), "description": description}) | {"variables": dict(variables or {})}


class Templates:
    """The saved templates of the caller's tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(
        self,
        name: str,
        options: Mapping[str, Any],
        variables: Mapping[str, str | None] | None = None,
        description: str | None = None,
    ) -> TemplateVersion:
        """The template's first version, or its next one; what its latest says already is the latest.

        The options are those of batches, the prompt `template` among them; variables have a default, or None.
        """
        try:
            return (self.create(name, options, variables, description)).latest
        except Conflict:
            return self.new_version(name, options, variables, description)

    def create(
        self,
        name: str,
        options: Mapping[str, Any],
        variables: Mapping[str, str | None] | None = None,
        description: str | None = None,
    ) -> Template:
        """A new template. Raises Conflict if there is one of that name."""
        body = {"name": name} | _said(options, variables, description)
        return self._connection.post(Template, ROOT, body)

    def new_version(
        self,
        name: str,
        options: Mapping[str, Any],
        variables: Mapping[str, str | None] | None = None,
        description: str | None = None,
    ) -> TemplateVersion:
        """The next version of a template."""
        body = _said(options, variables, description)
        return self._connection.post(TemplateVersion, f"{_path(name)}/versions", body)

    def list(self) -> AllTemplates:
        """All of them with their latest version, those that are archived last."""
        return (self._connection.get(TemplateList, ROOT)).templates

    def get(self, name: str) -> Template:
        """One, with the numbers of its versions."""
        return self._connection.get(Template, _path(name))

    def version(self, name: str, version: int) -> TemplateVersion:
        """One version."""
        return self._connection.get(TemplateVersion, f"{_path(name)}/versions/{version}")

    def archive(self, name: str) -> Template:
        """Let nobody use it by its name alone."""
        return self._connection.post(Template, f"{_path(name)}/archive")

    def restore(self, name: str) -> Template:
        """Let it be used again."""
        return self._connection.post(Template, f"{_path(name)}/restore")
