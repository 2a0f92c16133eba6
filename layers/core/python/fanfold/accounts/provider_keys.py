"""Keys at providers: a tenant's own where they have one, the deployment's for all others.

They are in Secrets Manager and nowhere else: a secret for the deployment, and one for each tenant with keys.
"""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from fanfold.accounts.tenants import TenantName
from fanfold.errors import ProviderRefused
from fanfold.ports import Secrets


class SetProviderKey(BaseModel):
    """A tenant's key at a provider; an empty one takes it away."""

    tenant: TenantName
    provider: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    key: Annotated[str, StringConstraints(max_length=512, strip_whitespace=True)]


class ProviderKeys:
    """`shared` is the name of the deployment's secret, `prefix` what the names of tenants' secrets begin with."""

    def __init__(self, secrets: Secrets, shared: str, prefix: str) -> None:
        self._secrets, self._shared, self._prefix = secrets, shared, prefix

    def key(self, provider: str, tenant: str) -> str:
        """The key to call the provider with. Raises ProviderRefused if there is none."""
        found = self._own(tenant).get(provider) or self._secrets.get(self._shared).get(provider)
        if not found:
            raise ProviderRefused(f"no key for {provider} is set")
        return found

    def webhook(self, provider: str) -> str:
        """The deployment's secret that the provider signs its events with; empty if none is set."""
        return self._secrets.get(self._shared).get(f"{provider}_webhook", "")

    def set(self, command: SetProviderKey) -> None:
        """Keep the tenant's key, or forget it."""
        own = self._own(command.tenant) | {command.provider: command.key}
        self._secrets.put(self._prefix + command.tenant, {name: key for name, key in own.items() if key})

    def _own(self, tenant: str) -> dict[str, str]:
        try:
            return self._secrets.get(self._prefix + tenant) if tenant else {}
        except KeyError:
            return {}
