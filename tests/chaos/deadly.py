"""A way to a provider on which workers die: whoever sends a request with the mark in it gets SIGKILL.

It stands between the workers and the provider emulator, passes bytes on, and looks up whose a connection is in /proc.
"""

import asyncio
import os
import signal
import threading
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

MARK = b"[[deadly]]"
BLOCK = 65_536


class DeadlyWay:
    """A proxy on 127.0.0.1 in a thread of its own, in front of `target`. `deadly` may be switched off and on."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = parts.hostname or "", parts.port or 80
        self.deadly = True
        self.killed = 0
        self.url = ""
        self._names = b"", b""
        """Our host and the target's, which answers only as itself."""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._met, "127.0.0.1", 0))
        own = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.url = f"http://{own}"
        self._names = own.encode(), "{}:{}".format(*self._target).encode()
        self._ready.set()
        self._loop.run_forever()
        server.close()
        passing = asyncio.all_tasks(self._loop)
        for task in passing:
            task.cancel()
        if passing:
            self._loop.run_until_complete(asyncio.wait(passing))
        self._loop.close()

    async def _met(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        port, own = back.get_extra_info("peername")[1], back.get_extra_info("sockname")[1]
        far, there = await asyncio.open_connection(*self._target)
        await asyncio.gather(self._pass(near, there, (port, own)), self._pass(far, back, None), return_exceptions=True)

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, ends: tuple[int, int] | None
    ) -> None:
        tail = b""
        try:
            while block := await source.read(BLOCK):
                if ends is not None and self.deadly and MARK in tail + block:
                    self._kill(*ends)
                    return
                tail = block[-len(MARK) :]
                sink.write(block.replace(*self._names))
                await sink.drain()
        finally:
            sink.close()

    def _kill(self, port: int, own: int) -> None:
        if pid := _owner(port, own):
            self.killed += 1
            os.kill(pid, signal.SIGKILL)


def _owner(port: int, other: int) -> int | None:
    """The process at `port` of the connection between the two: the same port may also lead elsewhere."""
    wanted = [f"0100007F:{port:04X}", f"0100007F:{other:04X}"]
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    inode = next((row[9] for row in rows if row[1:3] == wanted), None)
    for folder in Path("/proc").iterdir() if inode else ():
        if folder.name.isdecimal() and _has(folder, f"socket:[{inode}]"):
            return int(folder.name)
    return None


def _has(process: Path, socket: str) -> bool:
    try:
        return any(str(handle.readlink()) == socket for handle in (process / "fd").iterdir())
    except OSError:
        return False
