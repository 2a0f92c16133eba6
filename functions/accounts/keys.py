"""Keys: invoked by an operator, with AWS's own permissions.

`{"tenant": "acme"}` issues an API key. `{"tenant": "acme", "provider": "openai", "key": "sk-…"}` sets the tenant's own
key at a provider; an empty one takes it away.
"""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.accounts.provider_keys import SetProviderKey
from fanfold.observe import Event, observed


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    if "provider" not in event:
        return wiring.tenants().issue_key(event["tenant"]).model_dump()
    command = SetProviderKey.model_validate(event)
    wiring.provider_keys().set(command)
    return command.model_dump(exclude={"key"})
