"""An HTTP client for OpenAI's SDK that sends large files straight to the bucket: a function takes 6 MB at a time.

client = OpenAI(base_url=f"{url}/openai/v1", api_key=key, http_client=fanfold.http_client())
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import httpx

AT_ONCE_BYTES = 4 * 1024 * 1024 - 65_536
"""Files up to this size go through the API."""
PLACE = "fanfold_place"
"""Where a request holds the file that it announces."""
EXPIRES = "expires_after"


class FilesClient(httpx.Client):
    """An `httpx.Client` in which `POST …/files` with a large file announces it, and sends it with the form it gets."""

    def build_request(
        self, method: str, url: httpx.URL | str, *, files: Any = None, data: Any = None, **more: Any
    ) -> httpx.Request:
        """The request; of a large file what announces it, and the file beside it."""
        file = _large_file(files) if method.upper() == "POST" and httpx.URL(url).path.endswith("/files") else None
        if file is None:
            return super().build_request(method, url, files=files, data=data, **more)
        name, content, size = file
        headers = httpx.Headers(more.pop("headers", None))
        headers.pop("content-type", None)
        said = {"filename": name, "bytes": size, **_fields(data or {})}
        request = super().build_request(method, url, json=said, headers=headers, **more)
        request.extensions[PLACE] = content
        return request

    def send(self, request: httpx.Request, **more: Any) -> httpx.Response:
        """The answer; of a large file the file's, once it is in its place."""
        content = request.extensions.pop(PLACE, None)
        answer = super().send(request, **more)
        if content is None or answer.is_error:
            return answer
        answer.read()
        place = answer.json()
        _rewound(content)
        with httpx.Client(timeout=self.timeout) as plain:
            sent = plain.post(place["form"]["url"], data=place["form"]["fields"], files={"file": content})
        request.extensions[PLACE] = content
        if sent.is_error:
            return httpx.Response(sent.status_code, text=sent.text, request=request)
        return httpx.Response(200, json=place["file"], headers={"x-request-id": _id(answer)}, request=request)


def http_client(**options: Any) -> FilesClient:
    """A client for `OpenAI(http_client=…)` that takes files of up to 512 MB; options are those of `httpx.Client`."""
    return FilesClient(**{"timeout": httpx.Timeout(600, connect=5), "follow_redirects": True, **options})


def _id(answer: httpx.Response) -> str:
    return str(answer.headers.get("x-request-id", ""))


def _fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """A form's fields as JSON: `expires_after[seconds]` is a field of a field there."""
    plain = {name: value for name, value in data.items() if not name.startswith(EXPIRES)}
    after = {
        name.removeprefix(f"{EXPIRES}[").removesuffix("]"): value
        for name, value in data.items()
        if name.startswith(EXPIRES)
    }
    return plain | ({EXPIRES: after} if after else {})


def _large_file(files: Any) -> tuple[str, bytes | IO[bytes], int] | None:
    """Name, content and size of the one file, if it is large."""
    listed: Iterable[tuple[str, Any]] = files.items() if isinstance(files, Mapping) else files or ()
    for field, file in listed:
        name, content = (file[0], file[1]) if isinstance(file, tuple) else (getattr(file, "name", None), file)
        if field == "file" and (size := _size(content)) > AT_ONCE_BYTES:
            return Path(str(name or "file")).name, content, size
    return None


def _size(content: Any) -> int:
    if isinstance(content, bytes | bytearray | str):
        return len(content)
    if not hasattr(content, "seek"):
        return 0
    at = content.tell()
    size: int = content.seek(0, os.SEEK_END)
    content.seek(at)
    return size


def _rewound(content: Any) -> None:
    if hasattr(content, "seek"):
        content.seek(0)
