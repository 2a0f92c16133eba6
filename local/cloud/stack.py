"""`Cloud`: the emulated cloud as one thing to start, use and stop."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.callers import LOOPBACK
from local.cloud.deploy import Deployed, Endpoint, deploy

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 60


class CloudFailed(Exception):
    """The host process did not start; the message ends with its last lines."""


class Cloud:
    """A host process and what is deployed in it.

        with Cloud(Path("template.yaml")) as cloud:
            httpx.get(f"{cloud.api_url}/v1/health")

    Without `state_dir` everything is forgotten when it closes; with one, `stop` saves and a later `start`
    continues on the same port if that is free. `minute_seconds` is what a minute of a `rate(…)` schedule takes.
    `preload` names modules that are imported once for all workers; they may read no variable of a function.
    Browsers are answered on pages of `origins` only; `hosts` are further names that it answers as (`bridge:4566`).
    It listens at `address` alone.
    """

    def __init__(
        self,
        template: Path,
        *,
        parameters: dict[str, str] | None = None,
        state_dir: Path | None = None,
        port: int | None = None,
        minute_seconds: float = 60,
        preload: tuple[str, ...] = (),
        origins: tuple[str, ...] = (),
        hosts: tuple[str, ...] = (),
        address: str = LOOPBACK,
    ) -> None:
        self.address = address
        self.template, self._preload = template, ",".join(preload)
        self.parameters = parameters or {}
        self._persistent = state_dir is not None
        self.state = (state_dir or Path(tempfile.mkdtemp(prefix="fanfold-cloud-"))).resolve()
        self.port = port or self._port_of_last_time() or _free_port(address)
        self._minute_seconds = minute_seconds
        self._origins, self._hosts = origins, hosts
        self._process: subprocess.Popen[bytes] | None = None
        self._deployed: Deployed | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
            self.deploy()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The endpoint of every AWS service."""
        return f"http://{self.address}:{self.port}"

    @property
    def deployed(self) -> Deployed:
        if self._deployed is None:
            raise CloudFailed("nothing is deployed yet")
        return self._deployed

    @property
    def outputs(self) -> dict[str, str]:
        return self.deployed.outputs

    @property
    def api_url(self) -> str:
        """Base URL of the template's HTTP API, for a template that has one."""
        (url,) = self.deployed.api_urls.values()
        return url

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        """What the host process prints."""
        return self.state / "host.log"

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud."""
        return Endpoint(self.url).client(service)

    def start(self) -> None:
        """Start the host and wait until it answers."""
        if not _is_free(self.address, self.port):
            raise CloudFailed(f"port {self.port} is already in use")
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.state.chmod(0o700)
        _private(self.state / "port").write_text(str(self.port))
        with _private(self.log).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.cloud.host"],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.PIPE,  # never written to: its end tells the host that its owner is gone
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for whoever owns this object, who then calls close()
            )
        self._wait_until_healthy()

    def deploy(self, parameters: dict[str, str] | None = None) -> Deployed:
        """Deploy the template, or update what is deployed; `parameters` override those given before."""
        self.parameters |= parameters or {}
        self._deployed = deploy(self.template, self.url, self.parameters)
        return self._deployed

    def stop(self) -> None:
        """End the host with SIGTERM, which saves the state, and with SIGKILL if it does not end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the host at once, saving nothing; its workers end with it."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop, and remove the state unless it was given a place of its own."""
        self.stop()
        if not self._persistent:
            shutil.rmtree(self.state, ignore_errors=True)

    def workers(self) -> dict[int, str]:
        """The live workers: pid to function name."""
        found = {}
        for note in (self.state / "workers").glob("*"):
            with contextlib.suppress(FileNotFoundError):
                found[int(note.name)] = note.read_text()
        return found

    def kill_worker_at(self, function: str, call: str, **rule: Any) -> None:
        """Kill a worker of the function at that call; `local.cloud.kills.Rule` has the fields."""
        self._kills("POST", {"function": function, "call": call, **rule})

    def killed(self) -> list[dict[str, Any]]:
        """The rules of `kill_worker_at`, each with the workers it killed."""
        return self._kills("GET")

    def spare_workers(self) -> None:
        """Forget the rules of `kill_worker_at`."""
        self._kills("DELETE")

    @contextlib.contextmanager
    def paused_stream(self) -> Iterator[None]:
        """The journal's stream brings nothing for a while; the sweeper goes on."""
        client = self.client("lambda")
        mappings = client.list_event_source_mappings()["EventSourceMappings"]
        (ours,) = [each["UUID"] for each in mappings if ":dynamodb:" in each["EventSourceArn"]]
        client.update_event_source_mapping(UUID=ours, Enabled=False)
        try:
            yield
        finally:
            client.update_event_source_mapping(UUID=ours, Enabled=True)

    def double_messages(self) -> None:
        """Deliver every message that is sent from now on twice."""
        asked = urllib.request.Request(f"{self.url}/_fanfold/doubles", method="POST")
        urllib.request.urlopen(asked, timeout=10).close()

    def _kills(self, method: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}/_fanfold/kills", data=data, method=method)
        with urllib.request.urlopen(asked, timeout=5) as response:
            rules: list[dict[str, Any]] = json.load(response)
        return rules

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        workers = self.workers()
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()
        _wait_until_gone(workers)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MINISTACK_"))}
        return kept | {
            "GATEWAY_PORT": str(self.port),
            "FANFOLD_CLOUD_STATE": str(self.state),
            "FANFOLD_CLOUD_MINUTE": str(self._minute_seconds),
            "FANFOLD_CLOUD_OWNED": "1",
            "FANFOLD_CLOUD_ADDRESS": self.address,
            "FANFOLD_CLOUD_PRELOAD": self._preload,
            "FANFOLD_CLOUD_ORIGINS": ",".join(self._origins),
            "FANFOLD_CLOUD_HOSTS": ",".join(self._hosts),
            "PERSIST_STATE": "1" if self._persistent else "0",
            "PYTHONPATH": str(ROOT),
        }

    def _port_of_last_time(self) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            port = int((self.state / "port").read_text())
            return port if _is_free(self.address, port) else None
        return None

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"{self.url}/_ministack/health"):
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise CloudFailed(f"{self.url} does not answer\n{_tail(self.log)}")
            time.sleep(0.05)


def _private(file: Path) -> Path:
    """The file, which is there, and for its owner alone."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    return file


def _free_port(address: str) -> int:
    with socket.create_server((address, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _is_free(address: str, port: int) -> bool:
    try:
        with socket.create_server((address, port)):
            return True
    except OSError:
        return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait_until_gone(workers: dict[int, str]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while workers and time.monotonic() < deadline:
        workers = {pid: name for pid, name in workers.items() if _is_worker(pid)}
        time.sleep(0.01)


def _is_worker(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"worker.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
