"""The process that is the cloud: MiniStack, with our runtime and AWS's limits put in.

    python -m local.cloud.host

Settings come from the environment: `GATEWAY_PORT`; `FANFOLD_CLOUD_STATE`, the folder for code, worker pids and, with
`PERSIST_STATE=1`, everything that survives a restart; `FANFOLD_CLOUD_PRELOAD`, the modules that all workers
share; `FANFOLD_CLOUD_HOSTS` and `FANFOLD_CLOUD_ORIGINS`, further hosts that it answers as and the origins whose pages
may call, with commas between; `FANFOLD_CLOUD_ADDRESS`, where it listens, 127.0.0.1 by default.
"""

import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.cloud.runtime import Pool

ALWAYS = {
    "AUTH": "true",
    "AWS_SECRET_ACCESS_KEY": "local",
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    "LAMBDA_EXECUTOR": "local",
    "LAMBDA_STRICT": "0",
    "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "2",  # Lambda's are a minute and two
}
DEFAULTS = {"GATEWAY_PORT": "4566", "MINISTACK_REGION": "us-east-1", "LOG_LEVEL": "INFO"}


def main() -> None:
    """Serve until SIGTERM."""
    state = _prepare()
    if os.environ.get("FANFOLD_CLOUD_OWNED"):
        threading.Thread(target=_end_with_the_owner, daemon=True).start()
    pool, code = _install(state), 0
    from ministack import app

    sys.argv = ["ministack"]
    try:
        app.main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    pool.close()
    sys.stdout.flush()
    os._exit(code)  # Python itself would wait for every execution that waits for its token


def _install(state: Path) -> "Pool":
    from local.cloud import (
        clock,
        doubles,
        kills,
        permission_log,
        strict_api,
        strict_iam,
        strict_lambda,
        strict_roles,
        strict_streams,
        strict_workflows,
    )
    from local.cloud.process import Folders
    from local.cloud.runtime import Pool
    from local.cloud.starter import Starter

    folders = Folders(state)
    pool = Pool(folders, Starter(os.environ.get("FANFOLD_CLOUD_PRELOAD", "")))
    strict_lambda.install(pool, folders, f"http://{_address()}:{os.environ['GATEWAY_PORT']}")
    strict_streams.install()
    strict_workflows.install()
    strict_api.install()
    permission_log.install()
    strict_iam.install()
    strict_roles.install()
    doubles.install()
    kills.install()
    clock.install(float(os.environ.get("FANFOLD_CLOUD_MINUTE", "60")))
    _guard()  # the last, so that it stands before all others
    return pool


def _guard() -> None:
    from ministack import app

    from local.callers import Callers, guarded, own_hosts
    from local.cloud.seam import replace

    hosts = own_hosts(int(os.environ["GATEWAY_PORT"]), _listed("HOSTS"), _address())
    callers = Callers(hosts, frozenset(_listed("ORIGINS")))
    replace(app, "app", "scope receive send", lambda original: guarded(original, callers))


def _address() -> str:
    return os.environ.get("FANFOLD_CLOUD_ADDRESS", "127.0.0.1")


def _listed(name: str) -> list[str]:
    """What stands in `FANFOLD_CLOUD_…`, with commas between."""
    return [each for each in os.environ.get(f"FANFOLD_CLOUD_{name}", "").split(",") if each]


def _end_with_the_owner() -> None:
    """Whoever started this process holds its stdin open, and lets go by dying."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _prepare() -> Path:
    """Settle the environment, which MiniStack reads when imported, and the state folder."""
    os.umask(0o077)
    os.environ.update(ALWAYS, BIND_HOST=_address(), MINISTACK_HOST=_address())
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    state = Path(os.environ.get("FANFOLD_CLOUD_STATE") or tempfile.mkdtemp(prefix="fanfold-cloud-"))
    os.environ.update(
        STATE_DIR=str(state / "services"),
        S3_DATA_DIR=str(state / "s3"),
        S3_PERSIST=os.environ.get("PERSIST_STATE", "0"),
        TMPDIR=str(state),
    )
    for leftover in ("workers", "tmp"):
        shutil.rmtree(state / leftover, ignore_errors=True)
    return state


if __name__ == "__main__":
    main()
