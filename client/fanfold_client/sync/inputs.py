# Made by `make client` of aio/inputs.py: do not edit.
"""Sending what a job is made of, in the body or by upload."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from fanfold_client.files import Seen, digest, of, unseen
from fanfold_client.inputs import Source, fits, path_of, written
from fanfold_client.sync.uploads import Uploads

T = TypeVar("T")


class Inputs:
    """Sources of one kind of jobs; in a body they are in this field."""

    def __init__(self, uploads: Uploads, field: str) -> None:
        self._uploads, self._field = uploads, field

    def digest(self, source: Source, options: dict[str, Any]) -> str:
        """What makes the same file with the same options the same job; nothing for what is no file."""
        path = path_of(source)
        return digest(path, options) if path else ""

    def send(
        self,
        source: Source,
        options: dict[str, Any],
        call: Callable[[dict[str, Any]], T],
        *,
        known: str = "",
        filename: str | None = None,
        remember: str | Path | None = None,
        seen: Seen = unseen,
    ) -> T:
        """The call with a body that has the source, or an upload of it. `known` says for which job that is."""
        if path := path_of(source):
            file = of(path, filename, seen)
            return self._uploads.use(known, file, lambda upload: call({"upload": upload} | options), remember)
        body = options | ({} if source is None else {self._field: source})
        if isinstance(source, str | Path | dict | None) or fits(body, self._field):
            return call(body)
        with written(source) as file:
            key = digest(file.path, options)
            return self._uploads.use(key, file, lambda upload: call(options | {"upload": upload}), remember)
