"""What all HTTP APIs share: tenants, bodies, downloads, and refusals as problem documents."""

import json
import posixpath
import re
from base64 import b64decode
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from pydantic import BaseModel, Field, ValidationError

from fanfold import problems
from fanfold.accounts.audit import Act, Audit
from fanfold.accounts.keys import Identity
from fanfold.accounts.permissions import OPEN, WITH_QUERY, changes, check
from fanfold.described import methods
from fanfold.errors import (
    Busy,
    Conflict,
    Contended,
    Flaw,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    QuotaExceeded,
    Refused,
    Superseded,
    TooLarge,
    Unauthorized,
)
from fanfold.jobs.identity import Caller
from fanfold.observe import logger
from fanfold.replies import JSON, AcceptedReply, CreatedReply, LinkReply, OkReply, next_look, tag

M = TypeVar("M", bound=BaseModel)
MOST_ANSWER_BYTES = 6 * 1024 * 1024 - 65_536
"""What a function's answer may hold, less room for its headers; it is JSON in which the body is a text."""
ESCAPED = 6
"""Bytes that a character of the body takes there at most."""


class Paging(BaseModel):
    """Which page of a list: how many at most, and the cursor that the page before gave."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class Api(APIGatewayHttpResolver):
    """A resolver that answers refusals with problem documents (RFC 9457), and tells the audit log of changes."""

    strict = True
    """Whether a parameter of the query that no handler reads is refused."""

    def __init__(self, audit: Callable[[], Audit]) -> None:
        super().__init__()
        self.audit = audit
        self.use(middlewares=[_authenticated, _without_query, _audited])
        self.exception_handler(Refused)(self._refuse)
        self.exception_handler(Superseded)(self._overtaken)
        self.exception_handler(Contended)(self._contended)
        self.not_found()(self._no_route)

    @staticmethod
    def _compile_regex(rule: str, base_regex: str = "^{}$") -> re.Pattern[str]:
        """`<name+>` takes the rest of the path, slashes too."""
        whole = APIGatewayHttpResolver._compile_regex(rule, base_regex).pattern
        return re.compile(re.sub(r"<(\w+)\+>", r"(?P<\1>.+)", whole))

    def called(self) -> str:
        """The route that was called, such as `GET /v1/batches/{job}`; `$default` for what is none."""
        route: Route = self.context["_route"]
        if route not in self._static_routes and route not in self._dynamic_routes:
            return "$default"
        return f"{route.method} {named(route.path)}"

    def tenant(self) -> str:
        """Whose key the request carries."""
        return self.identity().tenant

    def identity(self) -> Identity:
        """Who asks; it is known before anything of the request is read."""
        found: Identity = self.context["identity"]
        return found

    def authenticate(self) -> Identity:
        """Whose key the request carries. Raises Unauthorized with what is wrong with it, Forbidden if it may not."""
        said = self.current_event.request_context.authorizer.get_lambda or {}
        if not said.get("tenant"):
            raise Unauthorized(
                said.get("refused") or "send your key: Authorization: Bearer ff_…", field="Authorization"
            )
        if said.get("throttled"):
            seconds = int(said["throttled"])
            raise QuotaExceeded("the operator lets your tenant make fewer calls a minute", seconds)
        caller = Identity.from_context(said)
        try:
            check(self.called(), caller.role, frozenset(caller.scopes))
        except Forbidden as error:
            self.audit().deny(self._act(caller), error.status)
            raise
        return caller

    def act(self) -> Act:
        """What the caller asks for, for the audit log."""
        return self._act(self.identity())

    def _act(self, caller: Identity) -> Act:
        asked = self.current_event.request_context.http
        return Act(
            tenant=caller.tenant,
            who=caller.key_id,
            what=self.called(),
            request=self.correlation_id(),
            path=asked.path,
            source=asked.source_ip,
            agent=asked.user_agent,
        )

    def correlation_id(self) -> str:
        return self.current_event.request_context.request_id

    def caller(self) -> Caller:
        """Who asks for a job, with their Idempotency-Key. Raises Invalid for no such key."""
        key = self.current_event.headers.get("idempotency-key")
        said = {"tenant": self.tenant(), "correlation_id": self.correlation_id(), "key_id": self.identity().key_id}
        try:
            return Caller.model_validate(said if key is None else said | {"idempotency_key": key})
        except ValidationError as error:
            raise problems.invalid(error, "the Idempotency-Key is not as it should be") from None

    def unchanged(self, etag: str) -> bool:
        """Whether the caller has this already, by its `If-None-Match`; compression on the way makes a tag weak."""
        held = self.current_event.headers.get("if-none-match", "")
        return etag in {tag.strip().removeprefix("W/") for tag in held.split(",")}

    def body(self, model: type[M], max_bytes: int) -> M:
        """The JSON body as a model. Raises TooLarge, and Invalid with the fields."""
        text = self._text()
        if len(text) > max_bytes or len(text.encode()) > max_bytes:
            raise TooLarge(f"the body is over {max_bytes:,} bytes: use POST /v1/uploads", field="body")
        try:
            return model.model_validate_json(text)
        except ValidationError as error:
            raise problems.invalid(error, "the body is not as it should be") from None

    def _convert_matches_into_route_keys(self, match: re.Match[str]) -> dict[str, str]:
        """Parts of the path as they were sent: the gateway has decoded all of it but `%25`."""
        return {name: part.replace("%25", "%") for name, part in match.groupdict().items()}

    def has_body(self) -> bool:
        """Whether the caller sent one."""
        return bool(self.current_event.body)

    def raw(self, max_bytes: int) -> bytes:
        """The body as it came, for signatures. Raises TooLarge."""
        text = self.current_event.body or ""
        body = b64decode(text) if self.current_event.is_base64_encoded else text.encode()
        if len(body) > max_bytes:
            raise TooLarge(f"the body is over {max_bytes:,} bytes", field="body")
        return body

    def _text(self) -> str:
        try:
            return self.current_event.decoded_body or ""
        except ValueError:
            raise Invalid("the body is not UTF-8", field="body") from None

    def query(self, model: type[M]) -> M:
        """The query string as a model. Raises Invalid with the fields, also for one that there is not."""
        given = self.current_event.query_string_parameters or {}
        known = {field.alias or name for name, field in model.model_fields.items()}
        if unknown := sorted(given.keys() - known):
            detail = f"there is no parameter {unknown[0]!r}; there are: {', '.join(sorted(known))}"
            raise Invalid(detail, *(Flaw(field=name, detail=detail) for name in unknown))
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise problems.invalid(error, "the query is not as it should be") from None

    def answer(self, found: M, etag: str = "") -> OkReply[M]:
        """200, or 304 for whoever has it already. Raises TooLarge for what Lambda would not let out.

        `etag` is the answer's own, if something cheaper than its bytes tells it from others.
        """
        reply = OkReply(found, self._when(found))
        body = reply.body or ""
        if len(body) > MOST_ANSWER_BYTES // ESCAPED and len(json.dumps(body)) > MOST_ANSWER_BYTES:
            raise TooLarge(f"the answer has {len(body):,} characters, too many for one: take the results as a file")
        if self.current_event.http_method == "GET":
            held = etag or tag(body)
            reply.headers |= {"ETag": held, "Cache-Control": "private, no-cache"}
            if self.unchanged(held):
                reply.status_code, reply.body = int(HTTPStatus.NOT_MODIFIED), ""
        return reply

    def created(self, found: M, path: str = "") -> CreatedReply[M]:
        """201 with what was made, and where it is."""
        return CreatedReply(found, self._where(path))

    def accepted(self, found: M, path: str = "") -> AcceptedReply[M]:
        """202 with what is under way, and where it can be looked at."""
        return AcceptedReply(found, self._where(path) | self._when(found))

    def download(self, url: str) -> LinkReply:
        """A file's place."""
        return LinkReply(url, as_json=JSON in self.current_event.headers.get("accept", ""))

    def _where(self, path: str) -> dict[str, str]:
        """The path as seen from the request's own, so that it holds behind any base path."""
        here = posixpath.dirname(self.current_event.path)
        return {"Location": posixpath.relpath(path, here)} if path else {}

    def _when(self, found: BaseModel) -> dict[str, str]:
        seconds = next_look(found)
        return {} if seconds is None else {"Retry-After": str(seconds)}

    def _refuse(self, refused: Refused) -> Response[str]:
        logger.info("refused", extra={"status": refused.status, "detail": refused.detail})
        document = problems.problem(refused, self.current_event.path)
        return Response(
            status_code=refused.status,
            content_type=problems.CONTENT_TYPE,
            body=document.model_dump_json(exclude_none=True),
            headers=_helping(refused),
        )

    def _overtaken(self, _: Superseded) -> Response[str]:
        return self._refuse(Conflict("somebody else changed it at the same moment; ask again"))

    def _contended(self, _: Contended) -> Response[str]:
        return self._refuse(Busy("others change the same at this moment; ask again", 1))

    def _no_route(self, _: NotFoundError) -> Response[str]:
        event = self.current_event
        allowed = methods(event.path)
        if allowed and event.http_method == "OPTIONS":
            return Response(status_code=int(HTTPStatus.NO_CONTENT), headers={"Allow": ", ".join(allowed)})
        if allowed:
            detail = f"{event.path} takes {', '.join(allowed)}, not {event.http_method}"
            return self._refuse(MethodNotAllowed(detail, allowed))
        return self._refuse(NotFound(f"there is no {event.http_method} {event.path}"))


def named(path: str) -> str:
    """A handler's path as the docs name it: `/v1/batches/<job>` is `/v1/batches/{job}`."""
    return re.sub(r"<(\w+\+?)>", r"{\1}", path)


def _helping(refused: Refused) -> dict[str, str]:
    """Headers that say what helps."""
    if isinstance(refused, Busy):
        return {"Retry-After": str(refused.retry_after)}
    return {"Allow": ", ".join(refused.allowed)} if isinstance(refused, MethodNotAllowed) else {}


def _authenticated(app: Api, handle: NextMiddleware) -> Response[Any]:
    """Nothing of a request is read before it is known who asks, and that they may."""
    if app.called() not in OPEN:
        app.context["identity"] = app.authenticate()
    return handle(app)


def _audited(app: Api, handle: NextMiddleware) -> Response[Any]:
    """What changes something is written down before, and what became of it after."""
    if not changes(app.called()):
        return handle(app)
    entry = app.audit().begin(app.act())
    try:
        answer = handle(app)
    except Exception as error:
        app.audit().end(entry, error.status if isinstance(error, Refused) else HTTPStatus.INTERNAL_SERVER_ERROR)
        raise
    made = str(answer.headers.get("Location") or "")
    here = posixpath.dirname(app.current_event.path)
    app.audit().end(entry, answer.status_code, made and posixpath.normpath(posixpath.join(here, made)))
    return answer


def _without_query(app: Api, handle: NextMiddleware) -> Response[Any]:
    """A parameter that nobody reads is a mistake: whoever sent it means something by it."""
    route, given = app.called(), sorted(app.current_event.query_string_parameters or {})
    if given and app.strict and route not in OPEN and route not in WITH_QUERY:
        detail = f"there is no parameter {given[0]!r}; there are none"
        raise Invalid(detail, *(Flaw(field=name, detail=detail) for name in given))
    return handle(app)
