"""The resolver of the surfaces of other SDKs: refusals in their words, forms, and files as answers."""

import gzip
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from pydantic import BaseModel, ValidationError

from fanfold import problems
from fanfold.accounts.audit import Audit
from fanfold.api import MOST_ANSWER_BYTES, Api
from fanfold.dropin.anthropic import problems as in_anthropics_words
from fanfold.dropin.gemini import problems as in_geminis_words
from fanfold.dropin.jobs import Call
from fanfold.dropin.openai import problems as in_openais_words
from fanfold.errors import Busy, Contended, Refused, Superseded, TooLarge
from fanfold.observe import logger
from fanfold.replies import JSON

M = TypeVar("M", bound=BaseModel)
JSONL = "application/x-jsonl"
MOST_PLAIN_BYTES = MOST_ANSWER_BYTES // 4 * 3
"""What a file may have that goes in base64."""


class SurfaceApi(Api):
    """An API whose first part of the path says whose words it answers in."""

    strict = False

    def __init__(self, audit: Callable[[], Audit]) -> None:
        super().__init__(audit)
        self.use(middlewares=[_signed])

    @property
    def surface(self) -> str:
        """`openai`, `anthropic` or `gemini`."""
        return self.current_event.path.split("/")[1]

    def header(self, name: str) -> str | None:
        """What the request says there."""
        found: str | None = self.current_event.headers.get(name)
        return found

    def call(self) -> Call:
        """Who makes a batch, and whether they do it again."""
        again = (self.header("x-stainless-retry-count") or "0") != "0"
        return Call(self.caller(), "idempotency-key" in self.current_event.headers, again)

    def asked(self, model: type[M]) -> M:
        """The query, without what it has more than the model: SDKs send more than is documented."""
        given = self.current_event.query_string_parameters or {}
        known = {field.alias or name for name, field in model.model_fields.items()}
        try:
            return model.model_validate({name: value for name, value in given.items() if name in known})
        except ValidationError as error:
            raise problems.invalid(error, "the query is not as it should be") from None

    def json(self, found: BaseModel | dict[str, Any], headers: dict[str, str] | None = None) -> Response[str]:
        """200 with the object."""
        body = found.model_dump_json() if isinstance(found, BaseModel) else json.dumps(found)
        return Response(int(HTTPStatus.OK), JSON, body, headers or {})

    def file(self, body: bytes, kind: str = JSONL) -> Response[bytes]:
        """200 with the bytes, gzipped if they are too many and the caller takes that. Raises TooLarge."""
        packed = len(body) > MOST_PLAIN_BYTES
        if packed:
            body = gzip.compress(body, 6) if "gzip" in (self.header("accept-encoding") or "") else body
        if len(body) > MOST_PLAIN_BYTES:
            said = "it is too large for one answer: take it with `Authorization: Bearer`, which is sent on to its place"
            raise TooLarge(said, field="Authorization")
        headers = {"Content-Encoding": "gzip"} if packed else {}
        return Response(int(HTTPStatus.OK), kind, body, headers)

    def elsewhere(self, url: str) -> Response[str]:
        """A redirect to the file, for callers whose SDK does not send their key on to another host."""
        return Response(int(HTTPStatus.FOUND), body="", headers={"Location": url})

    def is_bearer(self) -> bool:
        """Whether the key came in a header that is not sent on when a redirect leads to another host."""
        return self.header("authorization") is not None

    def url(self, path: str) -> str:
        """The path of this API as the caller reaches it: behind a proxy that has it under a path, as that says."""
        scheme, prefix = self.header("x-forwarded-proto") or "https", self.header("x-forwarded-prefix") or ""
        return f"{scheme}://{self.header('host')}{prefix}{path}"

    def _refuse(self, refused: Refused) -> Response[str]:
        logger.info("refused", extra={"status": refused.status, "detail": refused.detail})
        request, status = self.correlation_id(), refused.status
        if self.surface == "openai":
            body = in_openais_words.document(refused)
        elif self.surface == "anthropic":
            body, status = in_anthropics_words.document(refused, request), in_anthropics_words.status(refused)
        else:
            body, status = in_geminis_words.document(refused), in_geminis_words.status(refused)
        return Response(status, JSON, json.dumps(body), self._helping(refused))

    def _overtaken(self, _: Superseded) -> Response[str]:
        return self._contended(Contended())

    def _helping(self, refused: Refused) -> dict[str, str]:
        """The SDKs of OpenAI and Anthropic ask again after any 409 or 429, within seconds, unless told not to."""
        waits = isinstance(refused, Busy) and refused.passes_soon
        later = {"Retry-After": str(refused.retry_after)} if isinstance(refused, Busy) else {}
        return later | {"x-should-retry": str(waits).lower()} | self.signs()

    def signs(self) -> dict[str, str]:
        """Headers of every answer."""
        request = self.correlation_id()
        if self.surface == "openai":
            return in_openais_words.headers(request)
        return in_anthropics_words.headers(request) if self.surface == "anthropic" else {}


def _signed(app: SurfaceApi, handle: NextMiddleware) -> Response[Any]:
    answer = handle(app)
    answer.headers.update(app.signs())
    return answer
