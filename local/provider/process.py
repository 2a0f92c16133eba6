"""Running the provider emulator as a process of its own."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from local.callers import LOOPBACK

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 5.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ProviderEmulator:
    """A provider emulator in a subprocess; it starts at once and is up when this returns.

    `state` is its folder: started again on it, the emulator knows its files, batches and faults. `port` 0 takes
    a free one and keeps it over restarts. `latency` is seconds a batch takes; `options` are further command
    line flags (`python -m local.provider --help`); `hosts` are further names that it is reached by; it listens at
    `address` alone. RuntimeError
    when it does not come up.
    """

    def __init__(
        self,
        state: Path,
        port: int = 0,
        latency: float | None = None,
        options: tuple[str, ...] = (),
        hosts: tuple[str, ...] = (),
        address: str = LOOPBACK,
    ) -> None:
        self._flags = ["--address", address, "--state", str(state), "--until-eof", *options]
        self._flags += [flag for host in hosts for flag in ("--host", host)]
        self._flags += [] if latency is None else ["--latency", str(latency)]
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.start()

    @property
    def openai_base_url(self) -> str:
        """What `OPENAI_BASE_URL` or `OpenAI(base_url=…)` should be."""
        return f"{self.url}/v1"

    @property
    def anthropic_base_url(self) -> str:
        """What `ANTHROPIC_BASE_URL` should be."""
        return f"{self.url}/anthropic"

    @property
    def gemini_base_url(self) -> str:
        """What `GOOGLE_GEMINI_BASE_URL` should be."""
        return f"{self.url}/gemini"

    @property
    def pid(self) -> int | None:
        """The subprocess, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the process again, after `close` or `kill`, on the same port and state."""
        if self._process is not None:
            return
        command = [sys.executable, "-m", "local.provider", "--port", str(self._port), *self._flags]
        # A session of its own: Ctrl-C reaches whoever started it, who closes it in its own time.
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            self._forget()
            raise RuntimeError(f"the provider emulator ended with status {status}: see its standard error")
        self.url = json.loads(line)["url"]
        self._port = int(self.url.rpartition(":")[2])
        self.admin("GET", "health")

    def close(self) -> None:
        """Stops the process and waits for its end."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._forget()

    def kill(self) -> None:
        """SIGKILL: no farewell, nothing flushed."""
        if self._process is not None:
            self._process.kill()
            self._forget()

    def admin(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Calls `/_emulator/<path>` and returns its JSON; urllib.error.HTTPError when it is refused."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", data=data, method=method)
        with DIRECT.open(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def fault(self, kind: str, **settings: Any) -> int:
        """Switches a fault on (`local.provider.faults.Rule` has the settings) and returns its id."""
        return int(self.admin("POST", "faults", {"kind": kind, **settings})["id"])

    def clear_faults(self) -> None:
        """Switches all faults off."""
        self.admin("DELETE", "faults")

    def quota(self, **settings: Any) -> int:
        """Switches a rate limit on (`local.provider.quotas.Quota` has the settings) and returns its id."""
        return int(self.admin("POST", "quotas", settings)["id"])

    def clear_quotas(self) -> None:
        """Switches all rate limits off."""
        self.admin("DELETE", "quotas")

    def latency(self, **seconds: float) -> None:
        """Sets `batch_seconds`, `request_seconds` or `stream_seconds`."""
        self.admin("POST", "latency", seconds)

    def calls(self, **query: Any) -> list[dict[str, Any]]:
        """Direct requests in the order they came (`local.provider.call_log.CallLog.listed` has the filters)."""
        listed: list[dict[str, Any]] = self.admin("GET", f"calls?{urlencode(query)}")["calls"]
        return listed

    def call_summary(self) -> dict[str, Any]:
        """How many direct requests came, by what they were and what became of them."""
        return self.admin("GET", "calls/summary")

    def clear_calls(self) -> None:
        """Forgets the direct requests so far."""
        self.admin("DELETE", "calls")

    def stats(self) -> dict[str, Any]:
        """`{"calls": {operation: n}, "batches": [...], "creates": {"name=value": n}, "faults": [...]}`."""
        return self.admin("GET", "stats")

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
