"""A container engine for `sam local`: the machine's own, or one of ours in `.fanfold/engine`, on Debian as root."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from local.sam_local import BRIDGE
from tests.sam_local.image import TAG, Missing, image_root

PACKAGES = ("docker.io", "iptables", "debootstrap")
SETUP_SECONDS = 420
LONGEST_PATH = 60
"""Of the engine's folder: a socket's path holds 107 characters, and containerd's is 40 further down."""
ISOLATED = ("--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false")
"""Nothing of the machine's network is changed but that the bridge is there while the engine runs."""


class NoEngine(Exception):
    """There is no engine here; the message says what is lacking."""


@dataclass(frozen=True)
class Engine:
    """An engine that has the runtime's image; `host` is what DOCKER_HOST has to be, empty for the machine's own."""

    host: str

    @property
    def environment(self) -> dict[str, str]:
        return {"DOCKER_HOST": self.host} if self.host else {}


class Clock:
    """What is left of the time for setting up."""

    def __init__(self, seconds: float = SETUP_SECONDS) -> None:
        self._ends = time.monotonic() + seconds

    def run(self, *command: str, **more: str) -> str:
        """The output of a command. Raises NoEngine when it fails or the time is over."""
        try:
            done = subprocess.run(
                command,
                env=os.environ | more,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=max(1, self._ends - time.monotonic()),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoEngine(f"{command[0]}: {error}") from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise NoEngine(f"{' '.join(command[:3])}: {said[-1] if said else done.returncode}")
        return done.stdout


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """An engine with the image of the template's runtime; ours is stopped at the end. Raises NoEngine."""
    clock = Clock()
    if _answers(clock):
        clock.run("docker", "pull", "--quiet", TAG)
        yield Engine("")
        return
    if why := lacking(folder):
        raise NoEngine(why)
    if not all(map(shutil.which, ("dockerd", "debootstrap"))):
        clock.run("apt-get", "update", "-qq")
        clock.run(
            "apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES, DEBIAN_FRONTEND="noninteractive"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with _daemon(folder, clock) as host:
        _give_image(folder, host, clock)
        yield Engine(host)


def lacking(folder: Path, user: int | None = None, debian: Path = Path("/etc/debian_version")) -> str:
    """Why no engine of ours can be set up here; empty if it can."""
    if (os.geteuid() if user is None else user) != 0:
        return "no container engine answers, and only root can start one"
    if not debian.exists():
        return "no container engine answers, and one is set up on Debian only"
    return f"{folder} is too long for the engine's sockets" if len(str(folder)) > LONGEST_PATH else ""


def _answers(clock: Clock) -> bool:
    with suppress(NoEngine):
        clock.run("docker", "info")
        return True
    return False


@contextmanager
def _daemon(folder: Path, clock: Clock) -> Iterator[str]:
    """`dockerd` with all that it has in a folder; its DOCKER_HOST."""
    _stop_last(folder)
    host, log = f"unix://{folder}/socket", folder / "log"
    places = ("--data-root", f"{folder}/data", "--exec-root", f"{folder}/run", "--pidfile", f"{folder}/pid")
    with log.open("wb") as out:
        daemon = subprocess.Popen(["dockerd", "--host", host, *places, *ISOLATED], stdout=out, stderr=out)
    try:
        while not _is_up(host, clock):
            if daemon.poll() is not None:
                raise NoEngine(f"dockerd: {log.read_text(errors='replace').strip().splitlines()[-1]}")
            time.sleep(0.2)
        yield host
    finally:
        daemon.terminate()
        daemon.wait(60)
        subprocess.run(["ip", "link", "delete", BRIDGE], check=False, capture_output=True)


def _is_up(host: str, clock: Clock) -> bool:
    with suppress(NoEngine):
        clock.run("docker", "info", DOCKER_HOST=host)
        return True
    return False


def _stop_last(folder: Path) -> None:
    """End the engine of a run that was killed."""
    with suppress(OSError, ValueError):
        pid = int((folder / "pid").read_text())
        if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, 15)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.2)


def _give_image(folder: Path, host: str, clock: Clock) -> None:
    clock.run("docker", "image", "prune", "--force", DOCKER_HOST=host)
    if clock.run("docker", "image", "ls", "--quiet", TAG, DOCKER_HOST=host):
        return
    try:
        root = image_root(folder / "root", clock.run)
    except Missing as error:
        raise NoEngine(str(error)) from None
    archive = folder / "root.tar"
    clock.run("tar", "-C", str(root), "-cf", str(archive), ".")
    task = ("--change", "ENV LAMBDA_TASK_ROOT=/var/task", "--change", "WORKDIR /var/task")
    clock.run("docker", "import", *task, str(archive), TAG, DOCKER_HOST=host)
    archive.unlink()
    shutil.rmtree(root)
