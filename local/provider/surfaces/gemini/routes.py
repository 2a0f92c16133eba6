"""Gemini's routes: what each call reads, checks and answers."""

from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from local.provider.contents import json_object, measure
from local.provider.known_models import gemini_models
from local.provider.lifecycle import Phase
from local.provider.problems import CallError, bad_request
from local.provider.quotas import Standing
from local.provider.records import Batch, StoredFile
from local.provider.surface import Emulator, Operation, owner_of
from local.provider.surfaces.gemini.embed import Embed, embeds
from local.provider.surfaces.gemini.generate import Generate
from local.provider.surfaces.gemini.lines import INLINE, GeminiLines, inline_lines, inlined_responses
from local.provider.surfaces.gemini.requests import EMBED, check_model
from local.provider.surfaces.gemini.shapes import NO_OUTPUT, batch_object, error_body, file_object, status_of
from local.provider.surfaces.gemini.uploads import Uploads

LARGEST_INLINE = 20 * 1024 * 1024
FILE_SECONDS = 48 * 3600
USUAL_PAGE = 100
BAD_KEY = "sk-invalid"
HIDDEN = "internal"


class GeminiSurface:
    """The `Surface` at `/gemini`, under every API version. A list counts from the newest."""

    name = "gemini"
    prefix = "/gemini"
    id_header = "x-request-id"

    def __init__(self, emulator: Emulator) -> None:
        self._store = emulator.store
        self._runner = emulator.runner
        self._emulator = emulator
        self._lines = GeminiLines()
        self._uploads = Uploads(emulator.store)

    def operations(self) -> list[Operation]:
        model = "/{version}/models/{model}"
        batch, file, upload = "/{version}/batches/{batch_id}", "/{version}/files/{file_id}", "/upload/{version}/files"
        return [
            Operation("batches.create", "POST", model + ":batchGenerateContent", self.create_batch),
            Operation("batches.create", "POST", model + ":asyncBatchEmbedContent", self.create_embeddings),
            Operation("batches.list", "GET", "/{version}/batches", self.list_batches),
            Operation("batches.cancel", "POST", batch + ":cancel", self.cancel_batch),
            Operation("batches.retrieve", "GET", batch, self.retrieve_batch),
            Operation("batches.delete", "DELETE", batch, self.delete_batch),
            Operation("generate", "POST", model + ":generateContent", conversation=Generate()),
            Operation("stream", "POST", model + ":streamGenerateContent", conversation=Generate(streams=True)),
            Operation("embed", "POST", model + ":batchEmbedContents", conversation=Embed()),
            Operation("files.create", "POST", upload, self.start_upload),
            Operation("files.upload", "POST", upload + "/{file_id}", self.upload),
            Operation("files.list", "GET", "/{version}/files", self.list_files),
            Operation("files.content", "GET", file + ":download", self.file_content),
            Operation("files.retrieve", "GET", file, self.retrieve_file),
            Operation("files.delete", "DELETE", file, self.delete_file),
            Operation("models.list", "GET", "/{version}/models", self.list_models),
        ]

    def owner(self, request: Request) -> str:
        if upload := request.path_params.get("file_id", "") if "/upload/" in request.url.path else "":
            # The URL of an upload is its own permission: the SDK sends no key with the chunks.
            return self._uploads.owner(upload)
        key = request.headers.get("x-goog-api-key") or request.query_params.get("key", "")
        if not key:
            raise CallError(403, "Method doesn't allow unregistered callers. Please use API Key.")
        if key.startswith(BAD_KEY):
            raise CallError(400, f"API key not valid: {key}. Please pass a valid API key.")
        return owner_of(self.name, key)

    def refuse(self, problem: CallError) -> Response:
        return JSONResponse(error_body(problem), status_of(problem)[0], dict(problem.headers))

    def quota_headers(self, _standing: Standing) -> dict[str, str]:
        """Gemini tells nothing about its limits until they are met."""
        return {}

    # batches

    async def create_batch(self, request: Request, owner: str) -> Response:
        return await self._created(check_model(request.path_params["model"]), request, owner)

    async def create_embeddings(self, request: Request, owner: str) -> Response:
        return await self._created(check_model(request.path_params["model"], EMBED), request, owner)

    async def _created(self, model: str, request: Request, owner: str) -> Response:
        asked = (await json_object(request)).get("batch")
        source = asked.get("inputConfig") if isinstance(asked, dict) else None
        if not isinstance(asked, dict) or not isinstance(source, dict):
            raise bad_request("Invalid value at 'batch.input_config': it is required.")
        inline = "requests" in source
        file = await self._inlined(request, source) if inline else self._source(source, owner)
        batch = Batch(
            id=f"gbatch-{uuid4().hex[:24]}",
            owner=owner,
            surface=self.name,
            endpoint=model,
            input_file_id=file.id,
            input_sha256=file.sha256,
            lines=file.lines,
            completion_window=INLINE if inline else "24h",
            metadata={"displayName": str(asked.get("displayName") or "")},
            created_at=self._runner.clock(),
            latency=self._emulator.batch_latency,
            faults=request.app.state.faults.for_batch(file.sha256),
        )
        self._store.save_batch(batch)
        return JSONResponse(batch_object(batch, Phase("validating", 0.0), None))

    def _source(self, source: dict[str, Any], owner: str) -> StoredFile:
        named = source.get("fileName", source.get("file_name", ""))
        return self._file(str(named).removeprefix("files/"), owner)

    async def _inlined(self, request: Request, source: dict[str, Any]) -> StoredFile:
        if int(request.headers.get("content-length", "0")) > LARGEST_INLINE:
            raise bad_request(f"Request payload size exceeds the limit: {LARGEST_INLINE} bytes.")
        given = source["requests"].get("requests") if isinstance(source["requests"], dict) else None
        text = "".join(inline_lines(given))
        target = self._store.content(f"gfile-{uuid4().hex[:24]}")
        target.write_text(text)
        file = StoredFile(target.name, HIDDEN, "", HIDDEN, *measure(target), self._runner.clock())
        self._store.add_file(file)
        return file

    async def list_batches(self, request: Request, owner: str) -> Response:
        after, limit = _page_fields(request)
        batches = self._store.batches(owner, self.name, after, limit + 1)
        told = await run_in_threadpool(lambda: [self._current(batch) for batch in batches[:limit]])
        return JSONResponse({"operations": told, **_next(batches, limit)})

    async def retrieve_batch(self, request: Request, owner: str) -> Response:
        batch = self._batch(request.path_params["batch_id"], owner)
        return JSONResponse(await run_in_threadpool(self._current, batch))

    async def cancel_batch(self, request: Request, owner: str) -> Response:
        batch = self._batch(request.path_params["batch_id"], owner)
        _batch, before = await run_in_threadpool(self._runner.cancel, batch, self._lines)
        if before.is_ended:
            raise bad_request("The batch has ended: it cannot be cancelled.")
        return JSONResponse({})

    async def delete_batch(self, request: Request, owner: str) -> Response:
        self._store.remove_batch(self._batch(request.path_params["batch_id"], owner))
        return JSONResponse({})

    def _current(self, batch: Batch) -> dict[str, Any]:
        batch, phase = self._runner.refresh(batch, self._lines)
        return batch_object(batch, phase, None if phase.status in NO_OUTPUT else self._output(batch))

    def _output(self, batch: Batch) -> dict[str, Any] | None:
        file = batch.outcome.output_file_id if batch.outcome else None
        if file is None:
            return None
        if batch.completion_window == INLINE:
            kind = "inlinedEmbedContentResponses" if embeds(batch.endpoint) else "inlinedResponses"
            return {kind: {"inlinedResponses": inlined_responses(self._store.content(file))}}
        return {"responsesFile": f"files/{file}"}

    def _batch(self, batch_id: str, owner: str) -> Batch:
        batch = self._store.batch(batch_id, owner)
        if batch is None:
            raise CallError(404, f"Requested entity was not found: batches/{batch_id}")
        return batch

    # models

    async def list_models(self, _request: Request, _owner: str) -> Response:
        methods = ["generateContent", "batchGenerateContent"]
        models = [{"name": f"models/{name}", "supportedGenerationMethods": methods} for name in gemini_models()]
        return JSONResponse({"models": models})

    # files

    async def start_upload(self, request: Request, owner: str) -> Response:
        session = await self._uploads.start(request, owner)
        version = request.path_params["version"]
        headers = {"x-goog-upload-url": f"{_base(request)}/upload/{version}/files/{session}"}
        return JSONResponse({}, headers=headers | {"x-goog-upload-status": "active"})

    async def upload(self, request: Request, owner: str) -> Response:
        target, session = await self._uploads.chunk(request, request.path_params["file_id"])
        if session is None:
            return Response(headers={"x-goog-upload-status": "active"})
        now = self._runner.clock()
        measured = await run_in_threadpool(measure, target)
        name, media_type = session.name or target.name, session.media_type
        file = StoredFile(target.name, owner, name, media_type, *measured, now, now + FILE_SECONDS)
        self._store.add_file(file)
        return JSONResponse({"file": file_object(file, _base(request))}, headers={"x-goog-upload-status": "final"})

    async def list_files(self, request: Request, owner: str) -> Response:
        after, limit = _page_fields(request)
        files = self._store.files(owner, None, after, limit + 1, newest_first=True)
        told = [file_object(file, _base(request)) for file in files[:limit]]
        return JSONResponse({"files": told, **_next(files, limit)})

    async def retrieve_file(self, request: Request, owner: str) -> Response:
        return JSONResponse(file_object(self._file(request.path_params["file_id"], owner), _base(request)))

    async def file_content(self, request: Request, owner: str) -> Response:
        file = self._file(request.path_params["file_id"], owner)
        if file.purpose != "generated":
            raise bad_request("Only generated files can be downloaded.")
        return FileResponse(self._store.content(file.id), media_type="application/octet-stream")

    async def delete_file(self, request: Request, owner: str) -> Response:
        self._store.remove_file(self._file(request.path_params["file_id"], owner))
        return JSONResponse({})

    def _file(self, file_id: str, owner: str) -> StoredFile:
        file = self._emulator.file(file_id, owner)
        if file is None:
            # Google does not tell a file that is not there from one of somebody else's.
            raise CallError(403, f"You do not have permission to access the File {file_id} or it may not exist.")
        return file


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{GeminiSurface.prefix}"


def _page_fields(request: Request) -> tuple[str | None, int]:
    size = request.query_params.get("pageSize", str(USUAL_PAGE))
    if not size.isdigit() or int(size) < 1:
        raise bad_request("Invalid value at 'page_size': it must be positive.")
    return request.query_params.get("pageToken"), min(int(size), 1000)


def _next(found: list[Any], limit: int) -> dict[str, str]:
    return {"nextPageToken": found[limit - 1].id} if len(found) > limit else {}
