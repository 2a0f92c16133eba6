"""Requests as people write them: lines of JSON or rows of CSV, each turned into a provider's body.

A line is `{"input": "…"}`, `{"messages": […]}` or `{"body": {…}}` (the provider's own request), with an optional
`custom_id` and options of its own. Lines of the providers' batch files are taken as well: OpenAI's (a `body` with a
`url`), Anthropic's (`params`) and Gemini's (`key`, `request`), also by another provider, if that loses nothing. A CSV
has columns of the same names. With the option `template` a line or a row is a record of any fields, of which
`custom_id` alone has a meaning. Other columns are kept beside the results if `keep_columns` names them.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    with_config,
)
from pydantic_core import to_json
from typing_extensions import TypedDict

from fanfold.batches.hooks import before as before_sending
from fanfold.batches.input.completing import Whole, completed, prompt, translated
from fanfold.batches.input.csv_rows import Layout, csv_rows
from fanfold.batches.input.encodings import in_utf8
from fanfold.batches.input.json_lines import LONGEST_LINE, JsonPlace, json_lines
from fanfold.batches.input.records import RecordColumns
from fanfold.batches.input.remarks import Remarks
from fanfold.batches.model.batch import BatchSource, Count, Options, Seed
from fanfold.batches.model.schema_check import flaw_of
from fanfold.errors import Flaw, Invalid
from fanfold.problems import flaws
from fanfold.providers import Message, Provider
from fanfold.values import ID_PATTERN, has_long_number

__all__ = ["LONGEST_LINE", "ReadRequest", "Stored", "read_requests", "stored"]

RECORD = TypeAdapter(dict[str, Any])


def _as_text(id: Any) -> Any:
    """A number or another plain value that is somebody's id."""
    return json.dumps(id) if isinstance(id, int | float) else id


CustomId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256, pattern=ID_PATTERN),
    BeforeValidator(_as_text),
]
Share = Annotated[float, Field(ge=0, le=1)]

CONTENTS = ("input", "messages", "body", "params", "request")
NO_INPUT = frozenset({*CONTENTS, "key"} - {"input"})
"""Fields that a line has which is no mere input."""
ARBITRARY = ("messages", "body", "params", "request", "tools", "tool_choice", "response_schema")
"""Fields in which any JSON may stand."""


class ReadRequest(NamedTuple):
    """A request that can be sent: its custom_id, its line in the input, the provider's body, and its row."""

    custom_id: str
    line: int
    body: dict[str, Any]
    row: int = 0
    """How many records come before it in the input."""
    columns: dict[str, Any] = {}  # noqa: RUF012
    """What of its record is kept beside its result."""


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
    max_tokens: Count | None
    temperature: Annotated[float, Field(ge=0, le=2)] | None
    top_p: Share | None
    stop: str | tuple[str, ...] | None
    seed: Seed | None
    reasoning_effort: str | None
    tools: tuple[dict[str, Any], ...] | None
    tool_choice: str | dict[str, Any] | None
    response_schema: dict[str, Any] | None
    method: Literal["POST"] | None
    url: Literal["/v1/chat/completions"] | None


LINE = TypeAdapter(Line)
FIELDS = frozenset(Line.__annotations__)


def _whole(line: Line) -> Whole | None:
    """The provider's request that the line holds, if it holds one. Raises Invalid if it holds nothing, or too much."""
    if NO_INPUT.isdisjoint(line) and line.get("input") is not None:
        return None
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


class LineNumbers:
    """How many lines and rows were read of the sources before."""

    def __init__(self, lines: int = 0, rows: int = 0) -> None:
        self.lines, self.rows = lines, rows


def read_requests(
    lines: Iterable[bytes],
    source: BatchSource,
    options: Options,
    provider: Provider,
    before: LineNumbers | None = None,
    remarks: Remarks | None = None,
) -> Iterator[ReadRequest | Flaw]:
    """A source in order: a request for each good line, a flaw for each bad one; `before` counts what came earlier.

    What is worth knowing besides is noted in `remarks`.
    """
    remarks, before = remarks or Remarks(), before or LineNumbers()
    columns = RecordColumns.of(options, FIELDS)
    texts = in_utf8(lines, options.encoding, remarks)
    parsed = _csv_lines if source.format == "csv" else _json_lines
    first, rows = before.lines, before.rows
    for place, found, kept in parsed(texts, columns, options, remarks):
        before.rows = rows + place.row + 1
        if isinstance(found, Flaw):
            yield found.model_copy(update={"line": (found.line or place.line) + first})
            continue
        at = JsonPlace(place.line + first, place.row + rows, place.label + first) if first or rows else place
        made = _request(at, found, kept, options, provider, remarks)
        if kept and isinstance(made, ReadRequest):
            remarks.keep(kept)
        yield made


Kept = dict[str, Any]
"""What of a record is kept beside its result."""
NOTHING: Kept = {}
Parsed = Iterator[tuple[JsonPlace, Line | Flaw, Kept]]
"""Lines that were read. (Plain tuples, as there is one for each line.)"""


def _json_lines(lines: Iterable[bytes], columns: RecordColumns, options: Options, remarks: Remarks) -> Parsed:
    plain, validated = columns.plain, LINE.validator.validate_json
    for place, found in json_lines(lines, remarks):
        if isinstance(found, Flaw):
            yield place, found, NOTHING
            continue
        try:
            if plain:
                yield place, validated(found), NOTHING
            else:
                yield place, *_taken(RECORD.validate_json(found), columns)
        except ValidationError as error:
            yield place, _flaw(error, place.line), NOTHING
        except Invalid as error:
            yield place, _refused(error, place.line), NOTHING


def _csv_lines(lines: Iterable[bytes], columns: RecordColumns, options: Options, remarks: Remarks) -> Parsed:
    layout = Layout(options.delimiter, {*FIELDS, *columns.named}, columns.missing)
    for place, found in csv_rows(lines, layout, remarks):
        if isinstance(found, Flaw):
            yield place, found, NOTHING
            continue
        try:
            yield place, *_taken(found, columns, blanks=True)
        except ValidationError as error:
            yield place, _flaw(error, place.line), NOTHING
        except Invalid as error:
            yield place, _refused(error, place.line), NOTHING


def _taken(record: dict[str, Any], columns: RecordColumns, *, blanks: bool = False) -> tuple[Line, Kept]:
    """A record as a line. Raises Invalid, ValidationError. In a CSV a blank cell is none."""
    line = columns.line(record)
    if blanks:
        line = {name: cell for name, cell in line.items() if cell and not (isinstance(cell, str) and cell.isspace())}
    kept = columns.kept(record)
    if has_long_number(kept):
        raise Invalid("a column that is kept holds a number that is too long", field="keep_columns")
    return LINE.validate_python(line), kept


def _flaw(error: ValidationError, number: int) -> Flaw:
    return flaws(error, number)[0]


def _refused(refused: Invalid, number: int) -> Flaw:
    flaw = refused.flaws[0] if refused.flaws else Flaw(detail=refused.detail)
    return flaw.model_copy(update={"line": number})


def _request(
    place: JsonPlace, line: Line, kept: Kept, options: Options, provider: Provider, remarks: Remarks
) -> ReadRequest | Flaw:
    schema = line.get("response_schema")
    if schema is not None and (wrong := flaw_of(schema)):
        return Flaw(line=place.line, field="response_schema", detail=wrong)
    try:
        whole = _whole(line)
        body = _body(line, whole, options, provider, remarks)
        body = before_sending(body, options.hooks) if options.hooks else body
    except Invalid as error:
        return _refused(error, place.line)
    if flaw := _unfit(place.line, line, whole, body, options, provider):
        return flaw
    id = line.get("custom_id") or line.get("key") or f"request-{place.label}"
    return ReadRequest(id, place.line, body, place.row, kept)


def _unfit(
    number: int, line: Line, whole: Whole | None, body: dict[str, Any], options: Options, provider: Provider
) -> Flaw | None:
    """What keeps a body from being sent."""
    model = body.get("model")
    if not isinstance(model, str) or not provider.knows(model):
        field = f"{whole.field}.model" if whole and "model" in whole.body else "model"
        return Flaw(line=number, field=field, detail=f"{model!r} is no model of {options.provider}")
    if body.get("stream"):
        return Flaw(line=number, field=f"{whole.field if whole else 'body'}.stream", detail="a batch can't stream")
    if any(line.get(name) for name in ARBITRARY) and has_long_number(body):
        said = "it holds a number that JSON does not have, such as NaN, or a whole one of over 64 bits"
        return Flaw(line=number, field="body", detail=said)
    return None


def _body(line: Line, whole: Whole | None, options: Options, provider: Provider, remarks: Remarks) -> dict[str, Any]:
    """The line as the provider's request. Raises Invalid if it is another's, and can't be put to this one."""
    if whole is None:
        return provider.body(prompt(line, options, provider))
    if whole.shape not in (None, options.provider):
        return provider.body(translated(whole, line, options, provider, remarks))
    body = {"model": line.get("model") or options.model or provider.default_model} | whole.body
    return completed(body, line, options, provider, remarks)


def _held(columns: Any) -> Any:
    return json.loads(columns) if isinstance(columns, str) else columns


class Stored(BaseModel):
    """A request as a chunk object keeps it, one line each."""

    custom_id: str
    line: int
    row: int = 0
    columns: Annotated[dict[str, Any], BeforeValidator(_held)] = {}
    """A text in the line, so that it holds nothing that could be taken for the body, which comes last."""
    body: dict[str, Any]


def stored(request: ReadRequest) -> bytes:
    """The line that a chunk object keeps of the request."""
    kept: dict[str, Any] = {"custom_id": request.custom_id, "line": request.line, "row": request.row}
    if request.columns:
        kept["columns"] = json.dumps(request.columns, ensure_ascii=False)
    kept["body"] = request.body
    return to_json(kept) + b"\n"
