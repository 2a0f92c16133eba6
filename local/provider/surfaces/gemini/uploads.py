"""Resumable uploads: a start that answers with a URL, then chunks to that URL
(https://ai.google.dev/gemini-api/docs/files).
"""

from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from starlette.requests import Request

from local.provider.contents import json_object, too_large
from local.provider.problems import CallError, bad_request
from local.provider.store import Store

LARGEST_FILE = 2 * 1024**3


class Session(NamedTuple):
    """An upload under way: whose, under which name, of which media type and size (bytes)."""

    owner: str
    name: str
    media_type: str
    size: int


class Uploads:
    """Uploads under way. A restart forgets them, as a client's retry must expect."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sessions: dict[str, Session] = {}

    async def start(self, request: Request, owner: str) -> str:
        """The id of a new session; CallError (400) if the headers or the body do not begin one."""
        if "start" not in request.headers.get("x-goog-upload-command", ""):
            raise bad_request("X-Goog-Upload-Command: the emulator takes resumable uploads, which begin with 'start'.")
        size = request.headers.get("x-goog-upload-header-content-length", "")
        if not size.isdigit():
            raise bad_request("X-Goog-Upload-Header-Content-Length: expected the file's size.")
        if int(size) > LARGEST_FILE:
            raise too_large(int(size), LARGEST_FILE)
        told = (await json_object(request)).get("file") or {}
        media_type = request.headers.get("x-goog-upload-header-content-type") or "application/octet-stream"
        session = f"gfile-{uuid4().hex[:24]}"
        name = (
            told.get("displayName") or told.get("display_name") or request.headers.get("x-goog-upload-file-name") or ""
        )
        self._sessions[session] = Session(owner, name, media_type, int(size))
        return session

    def owner(self, id: str) -> str:
        """Who began the upload; CallError (404) if there is none under way."""
        if id not in self._sessions:
            raise CallError(404, "There is no such upload.")
        return self._sessions[id].owner

    async def chunk(self, request: Request, id: str) -> tuple[Path, Session | None]:
        """Take a chunk; the file, and the session if this was the last. The same chunk may come twice."""
        session = self._sessions[id]
        offset, target = int(request.headers.get("x-goog-upload-offset", "0")), self._store.content(id)
        target.touch()
        if offset > target.stat().st_size:
            raise bad_request(f"X-Goog-Upload-Offset: {target.stat().st_size} bytes are here.")
        with target.open("r+b") as kept:
            kept.seek(offset)
            async for part in request.stream():
                kept.write(part)
            kept.truncate()
        if "finalize" not in request.headers.get("x-goog-upload-command", ""):
            return target, None
        if target.stat().st_size != session.size:
            raise bad_request(f"The upload has {target.stat().st_size} bytes instead of {session.size}.")
        return target, self._sessions.pop(id)
