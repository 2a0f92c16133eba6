"""What a tenant does with saved templates: create, make new versions, look, archive."""

import re

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.intake.create import check_options
from fanfold.batches.model.batch import Options
from fanfold.batches.model.saved_template import OWN, TemplateHead, TemplateName, TemplateVersion, Variables, gaps
from fanfold.clock import stamp
from fanfold.errors import Conflict, Invalid, NotFound, Superseded

MOST_TEMPLATES = 500
MOST_VERSIONS = 500


class NewVersion(BaseModel):
    """The body of `POST /v1/templates/{name}/versions`: options of batches, the prompt `template` among them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    options: Options
    variables: Variables = {}
    description: str | None = Field(default=None, max_length=4096)


class CreateTemplate(NewVersion):
    """The body of `POST /v1/templates`."""

    name: TemplateName


class VersionView(BaseModel):
    """A version of a template, as the API shows it."""

    name: str
    version: int
    label: str
    """What a batch names it by: `classify@3`."""
    description: str | None
    options: Options
    variables: dict[str, str | None]
    """Gaps that a batch fills once, with what they hold if it does not; null has to be given."""
    fields: list[str]
    """Gaps that each row fills."""
    created_at: str


class TemplateView(BaseModel):
    """A template with its latest version."""

    name: str
    latest: VersionView
    versions: list[int]
    """The newest first; lists of templates have the latest alone."""
    created_at: str
    archived_at: str | None


class TemplateList(BaseModel):
    templates: list[TemplateView]


def create_template(body: CreateTemplate, tenant: str, backend: BatchBackend) -> TemplateView:
    """A new template; asked for again it is the same. Raises Invalid, and Conflict for a name that is taken."""
    wanted = _wanted(body.name, 1, body, backend)
    if head := backend.templates.head(tenant, body.name):
        first = _version(tenant, body.name, 1, backend)
        if head.latest == 1 and first.says(wanted):
            return _view(head, [1], tenant, backend)
        raise Conflict(f"there is a template {body.name!r}: make a new version of it", field="name")
    if sum(1 for _ in backend.templates.heads(tenant)) >= MOST_TEMPLATES:
        raise Conflict(f"there are {MOST_TEMPLATES} templates already", field="name")
    _add(tenant, wanted, backend)
    return show_template(tenant, body.name, backend)


def new_version(tenant: str, name: str, body: NewVersion, backend: BatchBackend) -> VersionView:
    """The template's next version; what its latest says already is the latest. Raises NotFound, Invalid, Conflict."""
    head = _head(tenant, name, backend)
    latest = _version(tenant, name, head.latest, backend)
    wanted = _wanted(name, head.latest + 1, body, backend)
    if latest.says(wanted):
        return _shown(latest)
    if head.latest >= MOST_VERSIONS:
        raise Conflict(f"{name} has {MOST_VERSIONS} versions: make another template", field="name")
    _add(tenant, wanted, backend)
    return _shown(wanted)


def list_templates(tenant: str, backend: BatchBackend) -> TemplateList:
    """All templates, by name, those that are archived last."""
    heads = sorted(backend.templates.heads(tenant), key=lambda head: (head.archived_at is not None, head.name))
    return TemplateList(templates=[_view(head, [head.latest], tenant, backend) for head in heads])


def show_template(tenant: str, name: str, backend: BatchBackend) -> TemplateView:
    """A template with the numbers of its versions. Raises NotFound."""
    head = _head(tenant, name, backend)
    return _view(head, list(range(head.latest, 0, -1)), tenant, backend)


def show_version(tenant: str, name: str, number: str, backend: BatchBackend) -> VersionView:
    """One version. Raises NotFound."""
    _head(tenant, name, backend)
    if not number.isascii() or not number.isdecimal() or len(number) > len(str(MOST_VERSIONS)):
        raise NotFound(f"{name} has no version {number!r}", field="version")
    return _shown(_version(tenant, name, int(number), backend))


def archive_template(tenant: str, name: str, *, archived: bool, backend: BatchBackend) -> TemplateView:
    """Let nobody use it by its name alone, or again; versions that are named stay of use. Raises NotFound."""
    head = _head(tenant, name, backend)
    if bool(head.archived_at) != archived:
        backend.templates.archive(tenant, head, stamp(backend.clock()) if archived else None)
    return show_template(tenant, name, backend)


def _wanted(name: str, number: int, body: NewVersion, backend: BatchBackend) -> TemplateVersion:
    """The version that a body asks for. Raises Invalid."""
    if body.options.template is None:
        raise Invalid("a template has a prompt with gaps, such as `Classify: {text}`", field="options.template")
    if own := sorted(OWN & body.options.model_fields_set):
        raise Invalid(f"{own[0]} is said by each batch, not by a template", field=f"options.{own[0]}")
    if unknown := sorted(body.variables.keys() - {*gaps(body.options), *_braces(body.options.system)}):
        raise Invalid(f"the prompts have no gap {{{unknown[0]}}}", field=f"variables.{unknown[0]}")
    check_options(body.options, backend)
    return TemplateVersion(
        name=name,
        version=number,
        options=body.options.model_dump(mode="json", exclude_unset=True),
        variables=dict(body.variables),
        description=body.description,
        created_at=stamp(backend.clock()),
    )


def _braces(system: str | None) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", system or ""))


def _add(tenant: str, version: TemplateVersion, backend: BatchBackend) -> None:
    if not backend.templates.add(tenant, version):
        raise Superseded(f"somebody else made {version.label} at the same moment")


def _head(tenant: str, name: str, backend: BatchBackend) -> TemplateHead:
    if (head := backend.templates.head(tenant, name)) is None:
        raise NotFound(f"there is no template {name!r}", field="name")
    return head


def _version(tenant: str, name: str, number: int, backend: BatchBackend) -> TemplateVersion:
    if (found := backend.templates.version(tenant, name, number)) is None:
        raise NotFound(f"{name} has no version {number}", field="version")
    return found


def _view(head: TemplateHead, versions: list[int], tenant: str, backend: BatchBackend) -> TemplateView:
    latest = _shown(_version(tenant, head.name, head.latest, backend))
    return TemplateView(
        name=head.name, latest=latest, versions=versions, created_at=head.created_at, archived_at=head.archived_at
    )


def _shown(version: TemplateVersion) -> VersionView:
    options = Options.model_validate(version.options)
    return VersionView(
        name=version.name,
        version=version.version,
        label=version.label,
        description=version.description,
        options=options,
        variables=version.variables,
        fields=[name for name in gaps(options) if name not in version.variables],
        created_at=version.created_at,
    )
