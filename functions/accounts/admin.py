"""Admin: tenants, their keys and their provider keys; invoked by an operator, with AWS's own permissions."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.administration.commands import Desk, administer
from fanfold.observe import Event, observed
from fanfold.wiring import accounts as wiring


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    desk = Desk(wiring.tenants(), wiring.api_keys(), wiring.provider_keys(), wiring.audit(), wiring.belongings)
    return administer(event, context.aws_request_id, desk)
