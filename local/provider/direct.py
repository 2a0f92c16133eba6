"""Direct requests, the same way on every surface: read, noted, faulted, limited, answered whole or as a stream."""

import asyncio
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.provider import effects
from local.provider.call_log import NO_ANSWER, Call, CallLog
from local.provider.chance import token_of
from local.provider.contents import json_object
from local.provider.event_stream import EventStream, frame
from local.provider.faults import Faults, Rule, Sighting
from local.provider.model import Prompt
from local.provider.problems import CallError
from local.provider.quotas import Quotas, Standing, whole_seconds
from local.provider.surface import Conversation, Emulator, Json, Question, Surface


class DirectCalls:
    """What stands between the routes of direct requests and their conversations."""

    def __init__(self, emulator: Emulator, faults: Faults, quotas: Quotas, log: CallLog) -> None:
        self._emulator = emulator
        self._faults = faults
        self._quotas = quotas
        self._log = log

    async def answer(self, surface: Surface, operation: str, conversation: Conversation, request: Request) -> Response:
        """The answer to one request, or the provider's refusal; the log has it however it ends.

        `operation` is the full name.
        """
        owner, body = "", Json()
        try:
            owner = surface.owner(request)
            body = await json_object(request)
            question = conversation.read(request, body, owner)
        except CallError as problem:
            unread = token_of(request.url.path, json.dumps(body, sort_keys=True))
            call = self._log.begin(operation, owner, str(body.get("model") or ""), unread, _label(request, body), "")
            return self._refuse(surface, problem, call)
        prompt = question.prompt
        call = self._log.begin(operation, owner, prompt.model, prompt.token, _label(request, body), prompt.asked)
        try:
            response = await self._answer(surface, operation, conversation, request, owner, question, call)
        except CallError as problem:
            return self._refuse(surface, problem, call)
        except BaseException:
            self._log.end(call, NO_ANSWER)
            raise
        self._log.end(call, NO_ANSWER if isinstance(response, effects.NoResponse) else response.status_code)
        return response

    def _refuse(self, surface: Surface, problem: CallError, call: Call) -> Response:
        response = surface.refuse(problem)
        call.retry_after = problem.retry_after
        self._log.end(call, response.status_code)
        return response

    async def _answer(
        self,
        surface: Surface,
        operation: str,
        conversation: Conversation,
        request: Request,
        owner: str,
        question: Question,
        call: Call,
    ) -> Response:
        rule = self._rule(operation, question.prompt)
        call.fault = rule.kind if rule else None
        if rule and (instead := await effects.before(rule, request)):
            return instead
        standing, reserved = self._grant(surface, owner, question.prompt)
        await asyncio.sleep(self._emulator.request_latency)
        if rule:
            question = effects.misread(rule, question)
        try:
            answer, call.usage = conversation.complete(question)
        finally:
            if standing:
                used = call.usage.input + call.usage.output
                self._quotas.settle(surface.name, owner, question.prompt.model, reserved - used)
        response = self._worded(surface, conversation, question, answer, rule)
        if standing:
            response.headers.update(surface.quota_headers(standing))
        return await effects.after(rule, request, response) if rule else response

    def _rule(self, operation: str, prompt: Prompt) -> Rule | None:
        if not self._faults.watches(operation, is_request=True):
            return None
        sighting = Sighting(operation, prompt.token, prompt.system + prompt.user, prompt.model, prompt.opening)
        return self._faults.strike(sighting, is_request=True)

    def _grant(self, surface: Surface, owner: str, prompt: Prompt) -> tuple[Standing | None, int]:
        """Where the call stands under its quota, if there is one, and the tokens it reserved."""
        tokens = prompt.input_tokens + (prompt.max_tokens or 0)
        standing = self._quotas.take(surface.name, owner, prompt.model, tokens)
        if standing and standing.wait:
            wait = whole_seconds(standing.wait) if standing.hints else None
            headers = surface.quota_headers(standing)
            message = f"Rate limit reached for {prompt.model} on {standing.short_of} per minute."
            raise CallError(429, message, "rate_limit_exceeded", None, standing.short_of, headers, wait)
        return standing, tokens

    def _worded(
        self, surface: Surface, conversation: Conversation, question: Question, answer: Json, rule: Rule | None
    ) -> Response:
        if not question.streams:
            return JSONResponse(answer)
        frames = conversation.frames(question, answer)
        if rule and rule.kind == "stream_error":
            told = json.loads(bytes(surface.refuse(effects.REFUSALS["overloaded"]).body))
            frames = [*frames[: len(frames) // 2], frame(told, told.get("type"))]
        return EventStream(frames, self._emulator.stream_seconds)


def _label(request: Request, body: Json) -> str | None:
    """What the client calls its request: in a header of OpenAI's, or in the body's metadata or labels."""
    told = body.get("metadata") or body.get("labels")
    return request.headers.get("x-client-request-id") or (json.dumps(told, sort_keys=True) if told else None)
