"""Admin: tenants, their keys and their provider keys; invoked by an operator, with AWS's own permissions."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.accounts.admin import administer
from fanfold.observe import Event, observed


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    return administer(event, wiring.tenants(), wiring.api_keys(), wiring.provider_keys())
