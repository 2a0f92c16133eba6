"""Requests as people write them: lines of JSON or rows of CSV, each turned into a provider's body.

A line is `{"input": "…"}`, `{"messages": […]}` or `{"body": {…}}` (the provider's own request), with an optional
`custom_id` and options of its own; OpenAI's batch lines are the third kind. A CSV has the columns `input` and, if
wanted, `custom_id`, `system`, `model`, `max_tokens`, `temperature`.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from fanfold.batches.job import Options, Source
from fanfold.errors import Flaw
from fanfold.problems import flaws
from fanfold.providers import Message, Prompt, Provider

LONGEST_LINE = 4 * 1024 * 1024
CustomId = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Request(NamedTuple):
    """A request that can be sent: its custom_id, its line in the input, and the provider's body."""

    custom_id: str
    line: int
    body: dict[str, Any]


class Line(BaseModel):
    """A request as people write it."""

    model_config = ConfigDict(extra="forbid")

    custom_id: CustomId | None = None
    input: Annotated[str, StringConstraints(min_length=1)] | None = None
    messages: Annotated[tuple[Message, ...], Field(min_length=1)] | None = None
    body: dict[str, Any] | None = None
    system: str | None = None
    model: str | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    method: Literal["POST"] | None = None
    url: Literal["/v1/chat/completions"] | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [name for name in ("input", "messages", "body") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of input, messages and body, not {' and '.join(given) or 'none'}")
        return self


def read_requests(
    lines: Iterable[bytes], source: Source, options: Options, provider: Provider
) -> Iterator[Request | Flaw]:
    """The input in order: a request for each good line, a flaw for each bad one."""
    parsed = _csv_lines(lines) if source.format == "csv" else _json_lines(lines)
    for number, found in parsed:
        if isinstance(found, Flaw):
            yield found
            continue
        yield _request(number, found, options, provider)


def _json_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, Line | Flaw]]:
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            continue
        if len(line) > LONGEST_LINE:
            yield number, Flaw(line=number, detail=f"the line is longer than {LONGEST_LINE:,} bytes")
            continue
        try:
            yield number, Line.model_validate_json(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
        except ValidationError as error:
            yield number, _flaw(error, number)


def _csv_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, Line | Flaw]]:
    csv.field_size_limit(LONGEST_LINE)
    unfit: list[str] = []
    reader = csv.reader(_texts(lines, unfit), strict=True)
    header: list[str] = []
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row = []
            unfit.append(f"not CSV: {error}")
        if unfit:
            yield number, Flaw(line=number, detail=unfit[0])
            unfit.clear()
        elif not header:
            header = [name.strip() for name in row]
        elif row:
            yield number, _csv_line(number, header, row)


def _texts(lines: Iterable[bytes], unfit: list[str]) -> Iterator[str]:
    """The lines as text. What is unfit about one is noted, for the row that it is a part of."""
    for line in lines:
        if len(line) > LONGEST_LINE:
            unfit.append(f"the line is longer than {LONGEST_LINE:,} bytes")
        try:
            yield line.decode("utf-8-sig") + "\n"
        except UnicodeDecodeError:
            unfit.append("the line is not UTF-8")
            yield line.decode("utf-8", "replace") + "\n"


def _csv_line(number: int, header: list[str], row: list[str]) -> Line | Flaw:
    if len(row) != len(header):
        return Flaw(line=number, detail=f"{len(row)} fields where the header has {len(header)}")
    try:
        return Line.model_validate({name: cell for name, cell in zip(header, row, strict=True) if cell})
    except ValidationError as error:
        return _flaw(error, number)


def _flaw(error: ValidationError, number: int) -> Flaw:
    return flaws(error, number)[0]


def _request(number: int, line: Line, options: Options, provider: Provider) -> Request | Flaw:
    body = _body(line, options, provider)
    model = body.get("model")
    if not isinstance(model, str) or not provider.knows(model):
        field = "body.model" if line.body else "model"
        return Flaw(line=number, field=field, detail=f"{model!r} is no model of {options.provider}")
    if body.get("stream"):
        return Flaw(line=number, field="body.stream", detail="a batch can't stream")
    try:
        json.dumps(body, allow_nan=False)
    except ValueError:
        return Flaw(line=number, field="body", detail="it holds a number that JSON does not have")
    return Request(line.custom_id or f"request-{number}", number, body)


def _body(line: Line, options: Options, provider: Provider) -> dict[str, Any]:
    model = line.model or options.model or provider.default_model
    if line.body is not None:
        return {"model": model} | line.body
    messages = line.messages or (Message(role="user", content=line.input or ""),)
    system = line.system or options.system
    if system and messages[0].role != "system":
        messages = (Message(role="system", content=system), *messages)
    given = Prompt(
        model=model,
        messages=messages,
        max_tokens=line.max_tokens or options.max_tokens,
        temperature=options.temperature if line.temperature is None else line.temperature,
    )
    return provider.body(given)


class Stored(BaseModel):
    """A request as a chunk object keeps it, one line each."""

    custom_id: str
    line: int
    body: dict[str, Any]


def stored(request: Request) -> bytes:
    """The line that a chunk object keeps of the request."""
    kept = {"custom_id": request.custom_id, "line": request.line, "body": request.body}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
