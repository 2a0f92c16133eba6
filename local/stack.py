"""Fanfold on this machine: the emulated cloud with the project's template, and a provider to talk to."""

import json
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.cloud.stack import Cloud
from local.provider.process import ProviderEmulator

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"


class LocalStack:
    """Everything that `make up` and `make demo` run; leaving the context stops every process.

    `state` is a folder that outlives it; None forgets everything. With OPENAI_API_KEY in `environ` there is no
    provider emulator: the same code talks to the real provider, or to OPENAI_BASE_URL.
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
        provider_latency: float | None = None,
    ) -> None:
        self._environ = dict(os.environ) if environ is None else environ
        self._open = ExitStack()
        self._scratch, self._latency = state or scratch, provider_latency
        self.provider: ProviderEmulator | None = None
        self.cloud = Cloud(
            TEMPLATE,
            parameters=parameters,
            state_dir=state and state / "cloud",
            port=port,
            minute_seconds=minute_seconds,
        )

    def __enter__(self) -> Self:
        try:
            self.cloud.parameters |= self._provider_parameters()
            self._open.enter_context(self.cloud)
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
        return self.cloud.parameters.get("OpenAiBaseUrl") or "api.openai.com"

    def invoke(self, function: str, event: dict[str, Any] | None = None) -> Any:
        """What a function answers; `function` is the output that names it. Raises RuntimeError if it failed."""
        name = self.cloud.outputs[f"{function}FunctionName"]
        done = self.cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}))
        answer = json.loads(done["Payload"].read())
        if "FunctionError" in done:
            raise RuntimeError(f"{function}: {answer.get('errorType')}: {answer.get('errorMessage')}")
        return answer

    def issue_key(self, tenant: str) -> str:
        """A new API key."""
        return str(self.invoke("IssueKey", {"tenant": tenant})["key"])

    def _provider_parameters(self) -> dict[str, str]:
        if key := self._environ.get("OPENAI_API_KEY"):
            base = self._environ.get("OPENAI_BASE_URL", "")
            return {"OpenAiApiKey": key, "OpenAiBaseUrl": base}
        folder = self._scratch / "provider"
        folder.mkdir(parents=True, exist_ok=True)
        self.provider = self._open.enter_context(ProviderEmulator(folder, latency=self._latency))
        return {"OpenAiApiKey": "sk-emulated", "OpenAiBaseUrl": self.provider.openai_base_url}
