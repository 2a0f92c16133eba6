"""Issue an API key: invoked by an operator, with AWS's own permissions. `{"tenant": "acme"}`."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.observe import Event, observed


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    return wiring.tenants().issue_key(event["tenant"]).model_dump()
