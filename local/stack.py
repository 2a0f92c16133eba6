"""Fanfold on this machine: the emulated cloud with the project's template, and a provider to talk to."""

import json
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from local.callers import LOOPBACK
from local.cloud.stack import Cloud
from local.provider.process import ProviderEmulator

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"
VARIABLES = {
    "openai": ("OPENAI_API_KEY", "OPENAI_BASE_URL"),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
}
"""The variables that the providers' SDKs read."""
PRELOADED = (
    "boto3.s3.transfer",
    "boto3.dynamodb.types",
    "sqlite3",
    "statistics",
    "pydantic.networks",
    "pydantic.root_model",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.utilities.batch",
    "genai_prices",
    "httpx",
    "jsonschema",
    "openai",
    "fanfold.wiring.accounts",
    "fanfold.wiring.health",
)
"""What nearly every worker imports, and needs a second for."""


class _Site(NamedTuple):
    """Where a provider is, and the deployment's key there."""

    key: str
    url: str | None


def _log_level() -> dict[str, str]:
    """The template's parameter, as the variable LOG_LEVEL of the environment says it."""
    level = os.environ.get("LOG_LEVEL", "").upper()
    return {"LogLevel": {"WARNING": "WARN"}.get(level, level)} if level else {}


class LocalStack:
    """Everything that `make up` and `make demo` run; leaving the context stops every process.

    `state` is a folder that outlives it; None forgets everything. A provider whose key is in `environ` is the real
    one (or what its base URL there says); all others are the emulator. `settings` are those of the parameter Settings,
    `provider_keys` further entries of the deployment's secret. Of browsers it answers the pages of the parameter
    AllowedOrigins; `hosts` are further names that it is reached by, as from containers. Cloud and provider listen at
    `address` alone.
    """

    def __init__(
        self,
        state: Path | None,
        scratch: Path,
        *,
        environ: dict[str, str] | None = None,
        port: int | None = None,
        minute_seconds: float = 60,
        parameters: dict[str, str] | None = None,
        settings: dict[str, Any] | None = None,
        provider_keys: dict[str, str] | None = None,
        provider_latency: float | None = None,
        hosts: tuple[str, ...] = (),
        address: str = LOOPBACK,
    ) -> None:
        self._environ = dict(os.environ) if environ is None else environ
        self._open = ExitStack()
        self._scratch, self._latency = state or scratch, provider_latency
        self.provider: ProviderEmulator | None = None
        self._address = address
        self._settings, self._keys, self._hosts = settings or {}, provider_keys or {}, hosts
        self.cloud = Cloud(
            TEMPLATE,
            parameters=parameters,
            state_dir=state and state / "cloud",
            port=port,
            minute_seconds=minute_seconds,
            preload=PRELOADED,
            origins=tuple((parameters or {}).get("AllowedOrigins", "").split(",")),
            hosts=hosts,
            address=address,
        )

    def __enter__(self) -> Self:
        try:
            sites = self._sites()
            urls = {name: site.url for name, site in sites.items() if site.url}
            settings = {"provider_urls": urls, "webhook_hosts": ["127.0.0.1"]} | self._settings
            given = {name: value for name, value in settings.items() if value is not None}
            self.cloud.parameters |= {"Settings": json.dumps(given)} | _log_level()
            self._open.enter_context(self.cloud)
            self.set_provider_keys({name: site.key for name, site in sites.items()} | self._keys)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    @property
    def url(self) -> str:
        """Where the HTTP API is."""
        return self.cloud.api_url

    @property
    def provider_url(self) -> str:
        """Which provider the stack talks to."""
        return str(json.loads(self.cloud.parameters["Settings"])["provider_urls"].get("openai", "api.openai.com"))

    def invoke(self, function: str, event: dict[str, Any] | None = None) -> Any:
        """What a function answers; `function` is the output that names it. Raises RuntimeError if it failed."""
        name = self.cloud.outputs[f"{function}FunctionName"]
        done = self.cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}))
        answer = json.loads(done["Payload"].read())
        if "FunctionError" in done:
            raise RuntimeError(f"{function}: {answer.get('errorType')}: {answer.get('errorMessage')}")
        return answer

    def issue_key(self, tenant: str) -> str:
        """A new API key of an owner; the tenant is made if there is none."""
        known = {each["name"] for each in self.invoke("Admin", {"command": "list_tenants"})["tenants"]}
        command = "issue_key" if tenant in known else "create_tenant"
        return str(self.invoke("Admin", {"command": command, "tenant": tenant})["key"])

    def set_quotas(self, tenant: str, **quotas: int | None) -> None:
        """Set a tenant's quotas by their names; None takes one away. Others stay."""
        self.invoke("Admin", {"command": "set_quotas", "tenant": tenant, "quotas": quotas})

    def set_provider_keys(self, keys: dict[str, str]) -> None:
        """Fill the deployment's secret, as its operator does."""
        for provider, key in keys.items():
            self.invoke("Admin", {"command": "set_provider_key", "provider": provider, "key": key})

    def _sites(self) -> dict[str, _Site]:
        """Keys and addresses: those of the environment where it has a key, the emulator's for all others."""
        given = self._environ
        real = {name: _Site(given[key], given.get(url)) for name, (key, url) in VARIABLES.items() if key in given}
        return real if len(real) == len(VARIABLES) else self._emulated() | real

    def _emulated(self) -> dict[str, _Site]:
        folder = self._scratch / "provider"
        folder.mkdir(parents=True, exist_ok=True)
        emulator = ProviderEmulator(folder, latency=self._latency, hosts=self._hosts, address=self._address)
        running = self.provider = self._open.enter_context(emulator)
        urls = {
            "openai": running.openai_base_url,
            "anthropic": running.anthropic_base_url,
            "gemini": running.gemini_base_url,
        }
        return {name: _Site("sk-emulated", url) for name, url in urls.items()}
