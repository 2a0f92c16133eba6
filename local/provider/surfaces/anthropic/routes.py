"""Anthropic's routes: what each call reads, checks and answers."""

import json
from math import ceil
from pathlib import Path
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response

from local.provider.contents import json_object, measure, read_upload
from local.provider.known_models import anthropic_models
from local.provider.lifecycle import Phase
from local.provider.problems import CallError, bad_request
from local.provider.quotas import Standing
from local.provider.records import Batch, StoredFile
from local.provider.surface import Emulator, Operation, owner_of
from local.provider.surfaces.anthropic.lines import AnthropicLines, check_requests
from local.provider.surfaces.anthropic.messages import Messages
from local.provider.surfaces.anthropic.prompt_cache import PromptCache
from local.provider.surfaces.anthropic.shapes import batch_object, error_body, file_object, moment, status_of

MOST_REQUESTS = 100_000
USUAL_PAGE, MOST_PAGE = 20, 1000
SHORTEST_LIFE, LONGEST_LIFE = 3600, 7_776_000
BAD_KEY = "sk-invalid"
BATCHES = "/v1/messages/batches"
NOT_BEFORE = "2024-01-01T00:00:00Z"


class AnthropicSurface:
    """The `Surface` at `/anthropic`. Of a batch that has not ended it tells no custom_id and no progress."""

    name = "anthropic"
    prefix = "/anthropic"
    id_header = "request-id"

    def __init__(self, emulator: Emulator) -> None:
        self._store = emulator.store
        self._runner = emulator.runner
        self._emulator = emulator
        cache = PromptCache()
        self._lines = AnthropicLines(emulator, cache)
        self._messages = Messages(emulator, cache)

    def operations(self) -> list[Operation]:
        return [
            Operation("batches.create", "POST", BATCHES, self.create_batch),
            Operation("batches.list", "GET", BATCHES, self.list_batches),
            Operation("batches.retrieve", "GET", BATCHES + "/{batch_id}", self.retrieve_batch),
            Operation("batches.results", "GET", BATCHES + "/{batch_id}/results", self.results),
            Operation("batches.cancel", "POST", BATCHES + "/{batch_id}/cancel", self.cancel_batch),
            Operation("batches.delete", "DELETE", BATCHES + "/{batch_id}", self.delete_batch),
            Operation("messages", "POST", "/v1/messages", conversation=self._messages),
            Operation("files.create", "POST", "/v1/files", self.create_file),
            Operation("files.list", "GET", "/v1/files", self.list_files),
            Operation("files.retrieve", "GET", "/v1/files/{file_id}", self.retrieve_file),
            Operation("files.content", "GET", "/v1/files/{file_id}/content", self.file_content),
            Operation("files.delete", "DELETE", "/v1/files/{file_id}", self.delete_file),
            Operation("models.list", "GET", "/v1/models", self.list_models),
        ]

    def owner(self, request: Request) -> str:
        key = request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
        if not key.strip() or key.startswith(BAD_KEY):
            raise CallError(401, f"invalid x-api-key: {key}")
        if "anthropic-version" not in request.headers:
            raise bad_request("anthropic-version: header is required")
        return owner_of(self.name, key)

    def refuse(self, problem: CallError) -> Response:
        return JSONResponse(error_body(problem), status_of(problem), problem.all_headers)

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        """https://platform.claude.com/docs/en/api/rate-limits"""
        headers: dict[str, str] = {}
        for name, level in (("requests", standing.requests), ("tokens", standing.tokens)):
            if level is not None:
                full_at = moment(float(ceil(self._runner.clock() + level.full_in)))
                told = {"limit": level.limit, "remaining": level.left, "reset": full_at}
                headers |= {f"anthropic-ratelimit-{name}-{field}": str(value) for field, value in told.items()}
        return headers

    # batches

    async def create_batch(self, request: Request, owner: str) -> Response:
        requests = check_requests((await json_object(request)).get("requests"), MOST_REQUESTS)
        file_id = f"file_{uuid4().hex[:24]}"
        target = self._store.content(file_id)
        await run_in_threadpool(_write, requests, target)
        now, measured = self._runner.clock(), measure(target)
        # Not the key's own: nobody may list or read what a batch was made of.
        self._store.add_file(StoredFile(file_id, "internal", "requests.jsonl", "internal", *measured, now))
        batch = Batch(
            id=f"msgbatch_{uuid4().hex[:24]}",
            owner=owner,
            surface=self.name,
            endpoint="/v1/messages",
            input_file_id=file_id,
            input_sha256=measured.sha256,
            lines=measured.lines,
            completion_window="24h",
            metadata=None,
            created_at=now,
            latency=self._emulator.batch_latency,
            faults=_without_whole_failures(request.app.state.faults.for_batch(measured.sha256)),
        )
        self._store.save_batch(batch)
        return JSONResponse(batch_object(batch, Phase("validating", 0.0), _base(request)))

    async def list_batches(self, request: Request, owner: str) -> Response:
        after, limit = _page_fields(request.query_params, "after_id")
        if after is not None:
            self._batch(after, owner)
        batches = self._store.batches(owner, self.name, after, limit + 1)
        objects = await run_in_threadpool(lambda: [self._current(each, _base(request)) for each in batches[:limit]])
        return JSONResponse(_page(objects, has_more=len(batches) > limit))

    async def retrieve_batch(self, request: Request, owner: str) -> Response:
        batch = self._batch(request.path_params["batch_id"], owner)
        return JSONResponse(await run_in_threadpool(self._current, batch, _base(request)))

    async def results(self, request: Request, owner: str) -> Response:
        batch = self._batch(request.path_params["batch_id"], owner)
        batch, _phase = await run_in_threadpool(self._runner.refresh, batch, self._lines)
        if batch.outcome is None:
            raise bad_request("The batch has not ended: its results are not available yet.")
        file = batch.outcome.output_file_id
        if file is None:
            return Response(b"", media_type="application/x-jsonl")
        return FileResponse(self._store.content(file), media_type="application/x-jsonl")

    async def cancel_batch(self, request: Request, owner: str) -> Response:
        batch = self._batch(request.path_params["batch_id"], owner)
        batch, before = await run_in_threadpool(self._runner.cancel, batch, self._lines)
        if before.is_ended:
            raise bad_request("The batch has ended: it cannot be canceled.")
        return JSONResponse(batch_object(batch, Phase("cancelling", before.done), _base(request)))

    async def delete_batch(self, request: Request, owner: str) -> Response:
        batch = self._batch(request.path_params["batch_id"], owner)
        batch, _phase = await run_in_threadpool(self._runner.refresh, batch, self._lines)
        if batch.outcome is None:
            raise bad_request("The batch has not ended: cancel it first.")
        self._store.remove_batch(batch)
        return JSONResponse({"id": batch.id, "type": "message_batch_deleted"})

    def _current(self, batch: Batch, base: str) -> dict[str, Any]:
        return batch_object(*self._runner.refresh(batch, self._lines), base)

    def _batch(self, batch_id: str, owner: str) -> Batch:
        batch = self._store.batch(batch_id, owner)
        if batch is None:
            raise CallError(404, f"Message batch {batch_id} not found")
        return batch

    # direct requests

    async def list_models(self, _request: Request, _owner: str) -> Response:
        models = [
            {"id": name, "type": "model", "display_name": name, "created_at": NOT_BEFORE, "lifecycle": "active"}
            for name in anthropic_models()
        ]
        return JSONResponse(_page(models, has_more=False))

    # files

    async def create_file(self, request: Request, owner: str) -> Response:
        file_id = f"file_{uuid4().hex[:24]}"
        target = self._store.content(file_id)
        try:
            form = await read_upload(request, target, self._emulator.limits.file_bytes)
            expires = _lifetime(form.fields.get("expires_in_seconds"))
        except (CallError, ClientDisconnect):
            target.unlink(missing_ok=True)
            raise
        now = self._runner.clock()
        name, media_type = Path(form.filename).name, form.media_type or "application/octet-stream"
        ends = None if expires is None else now + expires
        file = StoredFile(file_id, owner, name, media_type, *form.measured, now, ends)
        self._store.add_file(file)
        return JSONResponse(file_object(file, media_type))

    async def list_files(self, request: Request, owner: str) -> Response:
        after, limit = _page_fields(request.query_params, "page")
        after = after and after.removeprefix("page_")
        found = self._store.files(owner, None, after, limit + 1, newest_first=True)
        files = [file for file in found[:limit] if file.purpose != "internal"]
        cursor = f"page_{found[limit - 1].id}" if len(found) > limit else None
        return JSONResponse({"data": [file_object(file, file.purpose) for file in files], "next_page": cursor})

    async def retrieve_file(self, request: Request, owner: str) -> Response:
        file = self._file(request.path_params["file_id"], owner)
        return JSONResponse(file_object(file, file.purpose))

    async def file_content(self, request: Request, owner: str) -> Response:
        file = self._file(request.path_params["file_id"], owner)
        raise bad_request(f"File {file.id} is not downloadable: it was uploaded and not made by a tool.")

    async def delete_file(self, request: Request, owner: str) -> Response:
        file = self._file(request.path_params["file_id"], owner)
        self._store.remove_file(file)
        return JSONResponse({"id": file.id, "type": "file_deleted"})

    def _file(self, file_id: str, owner: str) -> StoredFile:
        file = self._emulator.file(file_id, owner)
        if file is None or file.purpose == "internal":
            raise CallError(404, f"File not found: {file_id}")
        return file


def _write(requests: list[dict[str, Any]], target: Path) -> None:
    with target.open("w") as lines:
        lines.writelines(json.dumps(request, ensure_ascii=False) + "\n" for request in requests)


def _without_whole_failures(faults: dict[str, float]) -> dict[str, float]:
    """No batch of Anthropic's fails as a whole: what would do that makes an error of every request."""
    if "token_limit" not in faults:
        return faults
    return {name: share for name, share in faults.items() if name != "token_limit"} | {"request_error": 1.0}


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{AnthropicSurface.prefix}"


def _page(items: list[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    first, last = (items[0]["id"], items[-1]["id"]) if items else (None, None)
    return {"data": items, "has_more": has_more, "first_id": first, "last_id": last}


def _page_fields(query: QueryParams, cursor: str) -> tuple[str | None, int]:
    limit = query.get("limit", str(USUAL_PAGE))
    if not limit.isdigit() or not 1 <= int(limit) <= MOST_PAGE:
        raise bad_request(f"limit: Input should be from 1 to {MOST_PAGE}", "limit")
    return query.get(cursor), int(limit)


def _lifetime(given: str | None) -> int | None:
    if given is None:
        return None
    if not given.isdigit() or not SHORTEST_LIFE <= int(given) <= LONGEST_LIFE:
        message = f"expires_in_seconds: Input should be from {SHORTEST_LIFE} to {LONGEST_LIFE}"
        raise bad_request(message, "expires_in_seconds")
    return int(given)
