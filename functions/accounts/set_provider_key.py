"""Set a tenant's key at a provider: invoked by an operator, with AWS's own permissions.

`{"tenant": "acme", "provider": "openai", "key": "sk-…"}`; an empty key takes it away.
"""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.accounts.provider_keys import SetProviderKey
from fanfold.observe import Event, observed


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    command = SetProviderKey.model_validate(event)
    wiring.provider_keys().set(command)
    return command.model_dump(exclude={"key"})
