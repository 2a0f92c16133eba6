"""What runs in worker processes: awslambdaric, on the import path that Lambda would have.

Started by path as `python -S -P worker.py TRAILING LAYERS MODULES`, it imports the MODULES once and then forks a worker
for each line of its standard input, a JSON document (`local.cloud.starter.Task`); it ends when that ends, and its
workers with it. On its standard output it says which were started, and which ended. `-S` keeps the virtual
environment's .pth files out, by which a handler could import what its package forgot.

With COVERAGE in its environment, the path of a data file, each worker writes what it ran of fanfold beside that when it
is given no more work.
"""

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import sys
import time
from typing import Any

PR_SET_PDEATHSIG = 1
SERVICES = ("dynamodb", "s3", "sqs", "stepfunctions")
COVERAGE = os.environ.get("COVERAGE", "")
FORKS_WITHOUT_EXEC = sys.platform == "linux"
"""Elsewhere system libraries may not survive a fork, so that each worker starts from nothing."""


def main() -> None:
    """Fork workers until nobody asks for more."""
    trailing, layers, modules = sys.argv[1:4]
    if FORKS_WITHOUT_EXEC:
        _import_all(modules, layers, trailing)
    ended, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    asked, rest = sys.stdin.fileno(), b""
    while True:
        ready, _, _ = select.select([asked, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _tell_the_ended()
        if asked in ready:
            if not (read := os.read(asked, 65536)):
                return
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                _start(json.loads(line), trailing, (ended, woken))


def _import_all(modules: str, layers: str, trailing: str) -> None:
    """What is imported stays; the path starts with the layers from now on."""
    sys.path[:0] = filter(None, layers.split(os.pathsep))
    sys.path.extend(trailing.split(os.pathsep))
    gc.disable()
    for module in filter(None, modules.split(",")):
        importlib.import_module(module)
    if "boto3" in sys.modules:
        read_models()
    gc.enable()
    gc.freeze()  # no worker looks for garbage among these, and so copies their pages


def read_models() -> None:
    """The session that `boto3.client` uses, with what makes a client slow: a megabyte of JSON a service."""
    import boto3

    boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    loader = session._session.get_component("data_loader")
    for service in SERVICES:
        for kind in ("service-2", "endpoint-rule-set-1"):
            loader.load_service_model(service, kind)
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        loader.load_data_with_path(name)


def _start(task: dict[str, Any], trailing: str, pipes: tuple[int, int]) -> None:
    log = os.open(task["log"], os.O_WRONLY)
    if pid := os.fork():
        os.close(log)
        _tell(started=pid)
        return
    try:
        _become(task, log, pipes)
        measured = _measured() if COVERAGE else None
        if FORKS_WITHOUT_EXEC:
            try:
                _serve(task["folder"], task["handler"])
            finally:
                if measured:
                    measured.stop()
                    measured.save()
        else:
            path = os.pathsep.join(filter(None, [task["folder"], task["layers"]]))
            serving = [__file__, "serve", task["handler"], path, trailing]
            os.execve(sys.executable, [sys.executable, "-S", "-P", *serving], task["environment"])
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _become(task: dict[str, Any], log: int, pipes: tuple[int, int]) -> None:
    """A process of its own, with no other environment, folder or output than the task's."""
    os.setsid()
    # Elsewhere a worker ends when its host's socket closes, which waits for a running handler.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for each in pipes:
        os.close(each)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, *targets in ((nothing, 0), (log, 1, 2)):
        for target in targets:
            os.dup2(source, target)
        os.close(source)
    os.chdir(task["folder"])
    os.environ.clear()
    os.environ.update(task["environment"])
    time.tzset()


def _measured() -> Any:
    """Coverage of what runs from now on; what was imported before has run its first lines in every test's process."""
    from coverage import Coverage

    measured = Coverage(COVERAGE, data_suffix=True, branch=True, source_pkgs=["fanfold"], config_file=False)
    measured.start()
    return measured


def _serve(path: str, handler: str) -> None:
    sys.path[:0] = path.split(os.pathsep)
    from awslambdaric.__main__ import main as serve

    serve(["awslambdaric", handler])


def _tell_the_ended() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell(ended=pid, code=os.waitstatus_to_exitcode(status))


def _tell(**said: int) -> None:
    os.write(1, json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        sys.path.extend(sys.argv[4].split(os.pathsep))
        _serve(sys.argv[3], sys.argv[2])
    main()
