"""OpenAI's routes: what each call reads, checks and answers."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response

from local.provider.contents import json_object, read_upload
from local.provider.known_models import openai_models
from local.provider.lifecycle import Phase
from local.provider.problems import CallError, bad_request, not_found
from local.provider.quotas import Standing
from local.provider.records import Batch, StoredFile
from local.provider.surface import Emulator, Operation, owner_of
from local.provider.surfaces.openai.batch_fields import batch_fields, expiry_seconds, page_fields
from local.provider.surfaces.openai.conversations import Chat, Responses
from local.provider.surfaces.openai.embeddings import Embeddings
from local.provider.surfaces.openai.lines import OpenAILines
from local.provider.surfaces.openai.requests import CHAT, EMBEDDINGS, RESPONSES
from local.provider.surfaces.openai.shapes import batch_object, duration, error_body, file_object, page, status_of

BATCH_FILE_DAYS = 30
MOST_FILES, MOST_BATCHES, USUAL_BATCHES = 10_000, 100, 20
BAD_KEY = "sk-invalid"
MODELS_SINCE = 1_700_000_000


class OpenAISurface:
    """The `Surface` at `/v1`, the path that every OpenAI base URL ends in."""

    name = "openai"
    prefix = ""
    id_header = "x-request-id"

    def __init__(self, emulator: Emulator) -> None:
        self._store = emulator.store
        self._runner = emulator.runner
        self._emulator = emulator
        self._lines = OpenAILines(emulator.limits)

    def operations(self) -> list[Operation]:
        return [
            Operation("files.create", "POST", "/v1/files", self.create_file),
            Operation("files.list", "GET", "/v1/files", self.list_files),
            Operation("files.retrieve", "GET", "/v1/files/{file_id}", self.retrieve_file),
            Operation("files.content", "GET", "/v1/files/{file_id}/content", self.file_content),
            Operation("files.delete", "DELETE", "/v1/files/{file_id}", self.delete_file),
            Operation("batches.create", "POST", "/v1/batches", self.create_batch),
            Operation("batches.list", "GET", "/v1/batches", self.list_batches),
            Operation("batches.retrieve", "GET", "/v1/batches/{batch_id}", self.retrieve_batch),
            Operation("batches.cancel", "POST", "/v1/batches/{batch_id}/cancel", self.cancel_batch),
            Operation("chat.completions", "POST", CHAT, conversation=Chat()),
            Operation("responses", "POST", RESPONSES, conversation=Responses()),
            Operation("embeddings", "POST", EMBEDDINGS, conversation=Embeddings()),
            Operation("models.list", "GET", "/v1/models", self.list_models),
        ]

    def owner(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise CallError(401, "You didn't provide an API key in an Authorization header (Bearer).")
        if key.startswith(BAD_KEY):
            raise CallError(401, f"Incorrect API key provided: {key}.", "invalid_api_key")
        return owner_of(self.name, key)

    def refuse(self, problem: CallError) -> Response:
        headers = problem.all_headers
        if problem.retry_after is not None:
            headers["retry-after-ms"] = f"{problem.retry_after * 1000:.0f}"
        return JSONResponse(error_body(problem), status_of(problem), headers)

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        """https://developers.openai.com/api/docs/guides/rate-limits"""
        headers: dict[str, str] = {}
        for name, level in (("requests", standing.requests), ("tokens", standing.tokens)):
            if level is not None:
                told = {"limit": level.limit, "remaining": level.left, "reset": duration(level.full_in)}
                headers |= {f"x-ratelimit-{field}-{name}": str(value) for field, value in told.items()}
        return headers

    # files

    async def create_file(self, request: Request, owner: str) -> Response:
        file_id = f"file-{uuid4().hex[:24]}"
        target = self._store.content(file_id)
        try:
            file = await self._receive(request, owner, file_id, target)
        except (CallError, ClientDisconnect):
            target.unlink(missing_ok=True)
            raise
        self._store.add_file(file)
        return JSONResponse(file_object(file))

    async def _receive(self, request: Request, owner: str, file_id: str, target: Path) -> StoredFile:
        form = await read_upload(request, target, self._emulator.limits.file_bytes)
        purpose = _purpose(form.fields.get("purpose"), form.filename)
        now = self._runner.clock()
        lasts = expiry_seconds(form.fields, BATCH_FILE_DAYS * 24 * 3600 if purpose == "batch" else None)
        expires = None if lasts is None else now + lasts
        return StoredFile(file_id, owner, form.filename, purpose, *form.measured, now, expires)

    async def list_files(self, request: Request, owner: str) -> Response:
        after, limit = page_fields(request.query_params, MOST_FILES, MOST_FILES)
        if after is not None:
            self._file(after, owner)
        purpose, order = request.query_params.get("purpose"), request.query_params.get("order", "desc")
        files = self._store.files(owner, purpose, after, limit + 1, newest_first=order == "desc")
        return JSONResponse(page([file_object(file) for file in files[:limit]], has_more=len(files) > limit))

    async def retrieve_file(self, request: Request, owner: str) -> Response:
        return JSONResponse(file_object(self._file(request.path_params["file_id"], owner)))

    async def file_content(self, request: Request, owner: str) -> Response:
        file = self._file(request.path_params["file_id"], owner)
        return FileResponse(self._store.content(file.id), media_type="application/octet-stream")

    async def delete_file(self, request: Request, owner: str) -> Response:
        file = self._file(request.path_params["file_id"], owner)
        self._store.remove_file(file)
        return JSONResponse({"id": file.id, "object": "file", "deleted": True})

    def _file(self, file_id: str, owner: str) -> StoredFile:
        file = self._emulator.file(file_id, owner)
        if file is None:
            raise not_found("File", file_id)
        return file

    # batches

    async def create_batch(self, request: Request, owner: str) -> Response:
        fields = batch_fields(await json_object(request))
        file = self._file(fields["input_file_id"], owner)
        if file.purpose != "batch":
            message = f"The file {file.id} has the purpose '{file.purpose}', a batch needs 'batch'."
            raise bad_request(message, "input_file_id")
        batch = Batch(
            id=f"batch_{uuid4().hex[:24]}",
            owner=owner,
            surface=self.name,
            input_sha256=file.sha256,
            lines=file.lines,
            created_at=self._runner.clock(),
            latency=self._emulator.batch_latency,
            faults=request.app.state.faults.for_batch(file.sha256),
            **fields,
        )
        self._store.save_batch(batch)
        return JSONResponse(batch_object(batch, Phase("validating", 0.0)))

    async def list_batches(self, request: Request, owner: str) -> Response:
        after, limit = page_fields(request.query_params, USUAL_BATCHES, MOST_BATCHES)
        if after is not None:
            self._batch(after, owner)
        batches = self._store.batches(owner, self.name, after, limit + 1)
        objects = await run_in_threadpool(lambda: [self._current(batch) for batch in batches[:limit]])
        return JSONResponse(page(objects, has_more=len(batches) > limit))

    async def retrieve_batch(self, request: Request, owner: str) -> Response:
        batch = self._batch(request.path_params["batch_id"], owner)
        return JSONResponse(await run_in_threadpool(self._current, batch))

    async def cancel_batch(self, request: Request, owner: str) -> Response:
        batch = self._batch(request.path_params["batch_id"], owner)
        batch, before = await run_in_threadpool(self._runner.cancel, batch, self._lines)
        if before.is_ended:
            raise CallError(409, f"Cannot cancel a batch with status '{before.status}'.")
        times = before.times | {"cancelling_at": batch.cancelling_at or self._runner.clock()}
        return JSONResponse(batch_object(batch, replace(before, status="cancelling", times=times)))

    def _current(self, batch: Batch) -> dict[str, Any]:
        return batch_object(*self._runner.refresh(batch, self._lines))

    def _batch(self, batch_id: str, owner: str) -> Batch:
        batch = self._store.batch(batch_id, owner)
        if batch is None:
            raise CallError(404, f"No batch found with id '{batch_id}'.")
        return batch

    # models

    async def list_models(self, _request: Request, _owner: str) -> Response:
        models = [
            {"id": name, "object": "model", "created": MODELS_SINCE, "owned_by": "openai"} for name in openai_models()
        ]
        return JSONResponse({"object": "list", "data": models})


def _purpose(purpose: str | None, filename: str) -> str:
    if not purpose:
        raise bad_request("'purpose' is a required property", "purpose")
    if purpose == "batch" and not filename.endswith(".jsonl"):
        message = f"Invalid file format for Batch API. Must be .jsonl, not {filename}"
        raise bad_request(message, "file")
    return purpose
