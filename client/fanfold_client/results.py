"""Requests of a batch: what became of each, and the results as a whole."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fanfold_client.connection import Connection, dumped, segment
from fanfold_client.downloads import Download, save
from fanfold_client.errors import unreachable
from fanfold_client.shapes.answer import Answer, Link
from fanfold_client.shapes.requests import (
    Errors,
    Letter,
    LetterPage,
    Redriven,
    RequestPage,
    RequestRow,
    ResponsePage,
    ResponseRow,
)
from fanfold_client.uploads import Seen, unseen

MAKING_SECONDS, MAKING_TRIES = 2.0, 900
"""Results in another form than JSONL are made when they are first asked for."""


class Results:
    """What there is to read of batches."""

    _connection: Connection

    def request(self, id: str, custom_id: str) -> dict[str, Any]:
        """One request of the batch with its result."""
        return self._connection.get(Answer, f"{path(id)}/requests/{segment(custom_id)}").model_dump()

    def requests(self, id: str, status: str | None = None, search: str | None = None) -> Iterator[RequestRow]:
        """The requests and what became of each; `search` is a part of the custom_id."""
        for page in self._connection.pages(RequestPage, f"{path(id)}/requests", status=status, search=search):
            yield from page.requests

    def responses(self, id: str, status: str | None = None, search: str | None = None) -> Iterator[ResponseRow]:
        """The settled requests with their answers."""
        for page in self._connection.pages(ResponsePage, f"{path(id)}/responses", status=status, search=search):
            yield from page.responses

    def errors(self, id: str) -> Errors:
        """What went wrong, by kind."""
        return self._connection.get(Errors, f"{path(id)}/errors")

    def results(self, id: str) -> Iterator[dict[str, Any]]:
        """The results, in the order of the input."""
        return self._lines(id, "results")

    def rejected(self, id: str) -> Iterator[dict[str, Any]]:
        """The lines that were not taken, and why."""
        return self._lines(id, "rejected")

    def pieces(self, id: str, format: str = "jsonl") -> Iterator[bytes]:
        """The results as bytes, in the form asked for: jsonl, csv or parquet."""
        return Download(self._connection, lambda: self._link(id, "results", format)).pieces()

    def download(self, id: str, file: Path, format: str = "jsonl", seen: Seen = unseen) -> None:
        """The results into a file. One that broke, in this process or an earlier one, goes on where it stopped."""
        save(self._connection, lambda: self._link(id, "results", format), file, seen)

    def dead(self) -> Iterator[Letter]:
        """Every dead letter: a request in real time that workers die of, newest first."""
        for page in self._connection.pages(LetterPage, "/v1/dlq"):
            yield from page.dead_letters

    def redrive(self, job: str | None = None) -> Redriven:
        """Send dead letters again: those of one batch, or all."""
        body = {} if job is None else {"job": job}
        return self._connection.post(Redriven, "/v1/dlq/redrive", dumped(body))

    def _lines(self, id: str, what: str) -> Iterator[dict[str, Any]]:
        return map(json.loads, Download(self._connection, lambda: self._link(id, what)).lines())

    def _link(self, id: str, what: str, format: str | None = None) -> str:
        for _ in range(MAKING_TRIES):
            link = self._connection.get(Link, f"{path(id)}/{what}", format=format)
            if link.url:
                return link.url
            self._connection.pause(MAKING_SECONDS)
        raise unreachable(f"the {what} of {id} are still being made")


def path(id: str) -> str:
    """The route of a batch."""
    return f"/v1/batches/{segment(id)}"
