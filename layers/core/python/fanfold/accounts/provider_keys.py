"""Keys at providers: a tenant's own where they have one, the deployment's for all others.

They are in Secrets Manager and nowhere else: a secret for the deployment, and one for each tenant with keys. What was
read of them is good for `FRESH`: a key that is rotated or taken away is out of use within a minute.
"""

from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints

from fanfold.accounts.tenants import TenantName
from fanfold.clock import Clock
from fanfold.errors import ProviderRefused
from fanfold.ports import Secrets

FRESH = timedelta(seconds=45)
"""How long what was read of a secret may be used."""


class _Held(NamedTuple):
    entries: dict[str, str]
    until: datetime


class SetProviderKey(BaseModel):
    """A tenant's key at a provider, or the deployment's if no tenant is named; an empty one takes it away.

    `openai_webhook` stands for what OpenAI signs its events with.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tenant: TenantName | None = None
    provider: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    key: Annotated[str, StringConstraints(max_length=512, strip_whitespace=True)]


class ProviderKeys:
    """`shared` is the name of the deployment's secret, `prefix` what the names of tenants' secrets begin with."""

    def __init__(self, secrets: Secrets, shared: str, prefix: str, clock: Clock) -> None:
        self._secrets, self._shared, self._prefix, self._clock = secrets, shared, prefix, clock
        self._held: dict[str, _Held] = {}

    def key(self, provider: str, tenant: str) -> str:
        """The key to call the provider with. Raises ProviderRefused if there is none."""
        found = self._own(tenant).get(provider) or self._read(self._shared).get(provider)
        if not found:
            raise ProviderRefused(f"no key for {provider} is set")
        return found

    def named(self, tenant: str) -> frozenset[str]:
        """What there are keys for: the names of providers, and of whatever else the secrets hold."""
        found = self._read(self._shared) | self._own(tenant)
        return frozenset(name for name, key in found.items() if key)

    def webhook(self, provider: str) -> str:
        """The deployment's secret that the provider signs its events with; empty if none is set."""
        return self._read(self._shared).get(f"{provider}_webhook", "")

    def set(self, command: SetProviderKey) -> None:
        """Keep the key, or forget it."""
        name = self._prefix + command.tenant if command.tenant else self._shared
        own = self._now(name) | {command.provider: command.key}
        self._secrets.put(name, {provider: key for provider, key in own.items() if key})
        self._held.pop(name, None)

    def forget(self, tenant: str) -> tuple[str, ...]:
        """Delete the tenant's own keys for good; whose they were."""
        name = self._prefix + tenant
        found = tuple(self._now(name))
        if found:
            self._secrets.remove(name)
        self._held.pop(name, None)
        return found

    def _own(self, tenant: str) -> dict[str, str]:
        return self._read(self._prefix + tenant) if tenant else {}

    def _read(self, name: str) -> dict[str, str]:
        now, held = self._clock(), self._held.get(name)
        if held is None or now >= held.until:
            held = self._held[name] = _Held(self._now(name), now + FRESH)
        return held.entries

    def _now(self, name: str) -> dict[str, str]:
        try:
            return self._secrets.get(name)
        except KeyError:
            return {}
