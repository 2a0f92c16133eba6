"""`python -m local.provider --port N --state DIR`: runs the emulator until it is stopped."""

import argparse
import json
import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import uvicorn

from local.callers import LOOPBACK, Callers, guarded, own_hosts
from local.provider.connections import TrackedConnection
from local.provider.server import create_app
from local.provider.surface import Limits

GRACE_SECONDS = 1


def main() -> None:
    """Prints one line, `{"url": …}`, once the port is taken; then serves."""
    os.umask(0o077)
    options = _options()
    limits = Limits(options.max_requests, options.max_file_bytes, not options.mixed_models)
    app = create_app(options.state, limits, options.latency, options.request_latency)
    listener = _listen(options.address, options.port)
    callers = Callers(own_hosts(listener.getsockname()[1], options.host, options.address))
    config = uvicorn.Config(
        guarded(app, callers),
        http=TrackedConnection,
        loop="asyncio",
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    if options.until_eof:
        threading.Thread(target=_stop_at_eof, args=(server,), daemon=True).start()
    print(json.dumps({"url": f"http://{options.address}:{listener.getsockname()[1]}"}), flush=True)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.provider", description=__doc__)
    parser.add_argument("--address", default=LOOPBACK, help=f"where it listens ({LOOPBACK})")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="folder for everything that is remembered")
    parser.add_argument("--latency", type=float, help="seconds from a batch's creation to its end (2)")
    parser.add_argument("--request-latency", type=float, help="seconds a direct request takes (0)")
    parser.add_argument("--max-requests", type=int, default=Limits.requests, help="requests a batch may hold")
    parser.add_argument("--max-file-bytes", type=int, default=Limits.file_bytes, help="size of an upload")
    parser.add_argument("--mixed-models", action="store_true", help="allow several models in one batch")
    parser.add_argument("--host", action="append", default=[], help="a further name with its port that it answers as")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    return parser.parse_args()


def _listen(address: str, port: int) -> socket.socket:
    # asyncio turns Nagle's delay (40 ms an answer) off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    # Listening before the URL is told: a client that is quick waits in the queue and is not refused.
    listener.listen()
    return listener


def _stop_at_eof(server: uvicorn.Server) -> None:
    """The parent's end of the pipe closes when it dies, however it dies: no emulator outlives it."""
    sys.stdin.buffer.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
