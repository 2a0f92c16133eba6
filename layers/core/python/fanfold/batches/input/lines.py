"""Requests as people write them: lines of JSON or rows of CSV, each turned into a provider's body.

A line is `{"input": "…"}`, `{"messages": […]}` or `{"body": {…}}` (the provider's own request), with an optional
`custom_id` and options of its own. Lines of the providers' batch files are taken as well: OpenAI's (a `body` with a
`url`), Anthropic's (`params`) and Gemini's (`key`, `request`), also by another provider, if that loses nothing. A CSV
has the columns `input` and, if wanted, `custom_id`, `system`, `model`, `max_tokens`, `temperature`. With the option
`template` a line or a row is a record of any fields, of which `custom_id` alone has a meaning.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, with_config
from pydantic_core import to_json
from typing_extensions import TypedDict

from fanfold.batches.input.dialects import conversation
from fanfold.batches.input.remarks import Remarks
from fanfold.batches.model.batch import Options, Source
from fanfold.batches.model.prompt_template import Template, template
from fanfold.batches.model.schema_check import flaw_of
from fanfold.errors import Flaw, Invalid
from fanfold.problems import flaws
from fanfold.providers import Message, Prompt, Provider

RECORD = TypeAdapter(dict[str, Any])
LONGEST_LINE = 4 * 1024 * 1024
CustomId = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]


CONTENTS = ("input", "messages", "body", "params", "request")


class Request(NamedTuple):
    """A request that can be sent: its custom_id, its line in the input, and the provider's body."""

    custom_id: str
    line: int
    body: dict[str, Any]


@with_config(ConfigDict(extra="forbid"))
class Line(TypedDict, total=False):
    """A request as people write it, with exactly one of `CONTENTS`. (A TypedDict is checked in half a model's time.)"""

    custom_id: CustomId | None
    input: Annotated[str, StringConstraints(min_length=1)] | None
    messages: Annotated[tuple[Message, ...], Field(min_length=1)] | None
    body: dict[str, Any] | None
    params: dict[str, Any] | None
    key: CustomId | None
    request: dict[str, Any] | None
    system: str | None
    model: str | None
    max_tokens: Annotated[int, Field(ge=1)] | None
    temperature: Annotated[float, Field(ge=0, le=2)] | None
    response_schema: dict[str, Any] | None
    method: Literal["POST"] | None
    url: Literal["/v1/chat/completions"] | None


LINE = TypeAdapter(Line)


class Whole(NamedTuple):
    """A provider's request: the line's field that holds it, and whose shape it has, if that is known."""

    field: str
    shape: str | None
    body: dict[str, Any]


def _whole(line: Line) -> Whole | None:
    """The provider's request that the line holds, if it holds one. Raises Invalid if it holds nothing, or too much."""
    given = [name for name in line if name in CONTENTS and line.get(name) is not None]
    if len(given) != 1:
        raise Invalid(f"give one of input, messages and body, not {' and '.join(given) or 'none'}")
    if line.get("key") is not None and (given != ["request"] or line.get("custom_id") is not None):
        raise Invalid("a key names a request of Gemini's; name others by custom_id")
    if (body := line.get("body")) is not None:
        return Whole("body", "openai" if line.get("url") or line.get("method") else None, body)
    if (params := line.get("params")) is not None:
        return Whole("params", "anthropic", params)
    request = line.get("request")
    return None if request is None else Whole("request", "gemini", request)


def read_requests(
    lines: Iterable[bytes],
    source: Source,
    options: Options,
    provider: Provider,
    before: int = 0,
    remarks: Remarks | None = None,
) -> Iterator[Request | Flaw]:
    """A source in order: a request for each good line, a flaw for each bad one; `before` lines came earlier.

    What is worth knowing besides is noted in `remarks`.
    """
    remarks = remarks or Remarks()
    prompts = template(options.template) if options.template else None
    parsed = _csv_lines(lines, prompts) if source.format == "csv" else _json_lines(lines, prompts)
    for number, found in parsed:
        if isinstance(found, Flaw):
            yield found.model_copy(update={"line": number + before})
            continue
        made = _request(number + before, found, options, provider)
        if isinstance(made, Request):
            remarks.look(made.body, provider)
        yield made


def _json_lines(lines: Iterable[bytes], prompts: Template | None) -> Iterator[tuple[int, Line | Flaw]]:
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            continue
        if len(line) > LONGEST_LINE:
            yield number, Flaw(line=number, detail=f"the line is longer than {LONGEST_LINE:,} bytes")
            continue
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        try:
            yield number, _filled(RECORD.validate_json(text), prompts) if prompts else LINE.validate_json(text)
        except ValidationError as error:
            yield number, _flaw(error, number)
        except Invalid as error:
            yield number, _refused(error, number)


def _csv_lines(lines: Iterable[bytes], prompts: Template | None) -> Iterator[tuple[int, Line | Flaw]]:
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
            if prompts and (flaw := _unfilled(prompts, header)):
                yield number, _refused(flaw, number)
                return
        elif row:
            yield number, _csv_line(number, header, row, prompts)


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


def _csv_line(number: int, header: list[str], row: list[str], prompts: Template | None) -> Line | Flaw:
    if len(row) != len(header):
        return Flaw(line=number, detail=f"{len(row)} fields where the header has {len(header)}")
    record = dict(zip(header, row, strict=True))
    try:
        if prompts:
            return _filled(record, prompts)
        return LINE.validate_python({name: cell for name, cell in record.items() if cell})
    except ValidationError as error:
        return _flaw(error, number)


def _filled(record: dict[str, Any], prompts: Template) -> Line:
    """The record's prompt as a line. Raises Invalid for a field that is not there, ValidationError."""
    if unfilled := _unfilled(prompts, record):
        raise unfilled
    return LINE.validate_python({"custom_id": record.get("custom_id") or None, "input": prompts.fill(record)})


def _unfilled(prompts: Template, fields: Iterable[str]) -> Invalid | None:
    names = list(fields)
    missing = prompts.missing(names)
    there = ", ".join(names[:20]) or "none"
    return Invalid(f"the template names {missing!r}; the fields are: {there}", field=missing) if missing else None


def _flaw(error: ValidationError, number: int) -> Flaw:
    return flaws(error, number)[0]


def _refused(refused: Invalid, number: int) -> Flaw:
    flaw = refused.flaws[0] if refused.flaws else Flaw(detail=refused.detail)
    return flaw.model_copy(update={"line": number})


def _request(number: int, line: Line, options: Options, provider: Provider) -> Request | Flaw:
    schema = line.get("response_schema")
    if schema is not None and (wrong := flaw_of(schema)):
        return Flaw(line=number, field="response_schema", detail=wrong)
    try:
        whole = _whole(line)
        body = _body(line, whole, options, provider)
    except Invalid as error:
        return _refused(error, number)
    model = body.get("model")
    if not isinstance(model, str) or not provider.knows(model):
        field = f"{whole.field}.model" if whole and "model" in whole.body else "model"
        return Flaw(line=number, field=field, detail=f"{model!r} is no model of {options.provider}")
    if body.get("stream"):
        return Flaw(line=number, field=f"{whole.field if whole else 'body'}.stream", detail="a batch can't stream")
    if line.get("input") is None and not _finite(body):
        return Flaw(line=number, field="body", detail="it holds a number that JSON does not have")
    return Request(line.get("custom_id") or line.get("key") or f"request-{number}", number, body)


def _finite(body: dict[str, Any]) -> bool:
    """Whether JSON has all of its numbers: it has no NaN and no infinity."""
    try:
        json.dumps(body, allow_nan=False)
    except ValueError:
        return False
    return True


def _body(line: Line, whole: Whole | None, options: Options, provider: Provider) -> dict[str, Any]:
    """The line as the provider's request. Raises Invalid if it is another's, and can't be put to this one."""
    if whole is None:
        return provider.body(_prompt(line, options, provider))
    if whole.shape in (None, options.provider):
        return {"model": line.get("model") or options.model or provider.default_model} | whole.body
    return provider.body(_translated(whole, line.get("model") or options.model, options, provider))


def _translated(whole: Whole, model: str | None, options: Options, provider: Provider) -> Prompt:
    """Another provider's request as a prompt for this one. Its own model is kept if this one has it."""
    try:
        found = conversation(whole.shape or "", whole.body)
    except Invalid as error:
        flaw = error.flaws[0]
        raise Invalid(
            f"this is a request for {whole.shape}, and {options.provider} can't be given it as it is: {flaw.detail}",
            field=f"{whole.field}.{flaw.field}" if flaw.field else whole.field,
        ) from error
    if model is None and found.model and not provider.knows(found.model):
        detail = f"{found.model!r} is no model of {options.provider}; say with `model` which to use instead"
        raise Invalid(detail, field=f"{whole.field}.model")
    own = found.model if provider.knows(found.model) else model or provider.default_model
    return found._replace(model=own, max_tokens=found.max_tokens or options.max_tokens)


def _prompt(line: Line, options: Options, provider: Provider) -> Prompt:
    messages = line.get("messages") or (Message(role="user", content=line.get("input") or ""),)
    system = line.get("system") or options.system
    temperature = line.get("temperature")
    if system and messages[0]["role"] != "system":
        messages = (Message(role="system", content=system), *messages)
    return Prompt(
        model=line.get("model") or options.model or provider.default_model,
        messages=messages,
        max_tokens=line.get("max_tokens") or options.max_tokens,
        temperature=options.temperature if temperature is None else temperature,
        response_schema=line.get("response_schema") or options.response_schema,
    )


class Stored(BaseModel):
    """A request as a chunk object keeps it, one line each."""

    custom_id: str
    line: int
    body: dict[str, Any]


def stored(request: Request) -> bytes:
    """The line that a chunk object keeps of the request."""
    kept = {"custom_id": request.custom_id, "line": request.line, "body": request.body}
    return to_json(kept) + b"\n"
