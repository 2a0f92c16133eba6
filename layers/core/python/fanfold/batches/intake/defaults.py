"""Defaults: the options of those dropped files that have none beside them, kept with their tenant."""

from pydantic import ValidationError

from fanfold.batches.backend import BatchBackend
from fanfold.batches.intake.create import check_options
from fanfold.batches.intake.from_template import with_template
from fanfold.batches.model.batch import Options
from fanfold.problems import invalid


def set_defaults(tenant: str, options: Options, backend: BatchBackend) -> Options:
    """Keep the options for the tenant's drops, in place of those before. Raises Invalid, NotFound."""
    check_options(with_template(options, tenant, backend), backend)
    backend.tenants.set_batch_defaults(tenant, options.model_dump(mode="json", exclude_defaults=True))
    return options


def defaults(tenant: str, backend: BatchBackend) -> Options:
    """The tenant's options for drops. Raises NotFound, and Invalid if a provider or option is gone since."""
    try:
        options = Options.model_validate(backend.tenants.get(tenant).batch_defaults)
    except ValidationError as error:
        raise invalid(error, "the defaults of your drops") from None
    check_options(with_template(options, tenant, backend), backend)
    return options
