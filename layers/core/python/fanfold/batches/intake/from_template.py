"""From a template: a batch's options, with what its saved template says where they say nothing."""

from typing import Any, TypeVar

from pydantic import ValidationError

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import Options
from fanfold.batches.model.saved_template import TemplateVersion, filled, parsed
from fanfold.errors import Flaw, Invalid
from fanfold.problems import invalid

O = TypeVar("O", bound=Options)  # noqa: E741
FIELD = "from_template"


def with_template(options: O, tenant: str, backend: BatchBackend) -> O:
    """The options, filled from the template that they name, and naming its version. Raises Invalid."""
    if options.from_template is None:
        if options.variables:
            raise Invalid("variables are those of a saved template: name one", field="variables")
        return options
    if options.template is not None:
        raise Invalid(f"give either a template of your own or {FIELD}", field="template")
    version = _version(options.from_template, tenant, backend)
    said = filled(version.options, _values(version, options.variables))
    own = options.model_dump(exclude_unset=True)
    try:
        return type(options).model_validate(said | own | {FIELD: version.label, "template": said["template"]})
    except ValidationError as error:
        raise invalid(error, f"the template {version.label} does not go with the options") from None


def check_unchanged(news: dict[str, Any]) -> None:
    """Refuse another template for what was filled from one already. Raises Invalid."""
    for field in (FIELD, "variables"):
        if field in news:
            raise Invalid("a batch's template is chosen when it is created", field=field)


def _version(text: str, tenant: str, backend: BatchBackend) -> TemplateVersion:
    name, number = parsed(text)
    head = backend.templates.head(tenant, name)
    if head is None:
        raise Invalid(f"there is no template {name!r}", field=FIELD)
    if head.archived_at and number is None:
        raise Invalid(f"the template {name!r} is archived: name one of its versions, or restore it", field=FIELD)
    found = backend.templates.version(tenant, name, number or head.latest)
    if found is None:
        raise Invalid(f"the template {name!r} has no version {number}; its latest is {head.latest}", field=FIELD)
    return found


def _values(version: TemplateVersion, given: dict[str, str]) -> dict[str, str]:
    """What its variables hold. Raises Invalid for one that it has not, or that nobody gives."""
    if unknown := sorted(given.keys() - version.variables.keys()):
        there = ", ".join(sorted(version.variables)) or "none"
        raise _flawed(unknown, f"{version.label} has no such variable; it has {there}")
    values = {name: given.get(name, default) for name, default in version.variables.items()}
    if missing := sorted(name for name, value in values.items() if value is None):
        raise _flawed(missing, f"{version.label} has no default for it: give a value")
    return {name: value for name, value in values.items() if value is not None}


def _flawed(names: list[str], detail: str) -> Invalid:
    return Invalid(detail, *(Flaw(field=f"variables.{name}", detail=detail) for name in names))
