"""Requests as people write them: lines of JSON or rows of CSV, each turned into a provider's body.

A line is `{"input": "…"}`, `{"messages": […]}` or `{"body": {…}}` (the provider's own request), with an optional
`custom_id` and options of its own. Lines of the providers' batch files are taken as well: OpenAI's (a `body` with a
`url`), Anthropic's (`params`) and Gemini's (`key`, `request`), also by another provider, if that loses nothing. A CSV
has columns of the same names. With the option `template` a line or a row is a record of any fields, of which
`custom_id` alone has a meaning. Other columns are kept beside the results if `keep_columns` names them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import to_json

from fanfold.batches.hooks import before as before_sending
from fanfold.batches.input.body_pattern import BodyPattern, body_pattern
from fanfold.batches.input.completing import Whole, completed, prompt, translated
from fanfold.batches.input.csv_rows import CsvHints, csv_rows
from fanfold.batches.input.encodings import in_utf8
from fanfold.batches.input.json_lines import LONGEST_LINE, JsonPlace, json_lines
from fanfold.batches.input.line_fields import (
    ARBITRARY,
    CONTENTS,
    FIELDS,
    LINE,
    NO_INPUT,
    PLAIN,
    PLAIN_FIELDS,
    URLS,
    RequestLine,
)
from fanfold.batches.input.records import RecordColumns
from fanfold.batches.input.remarks import Remarks
from fanfold.batches.model.batch import BatchSource, Endpoint, Options
from fanfold.batches.model.schema_check import flaw_of
from fanfold.errors import Flaw, Invalid
from fanfold.problems import flaws
from fanfold.providers import Dialect, Reusing, endpoint_of
from fanfold.values import has_long_number

__all__ = ["LONGEST_LINE", "ReadRequest", "Stored", "read_requests", "stored"]

RECORD = TypeAdapter(dict[str, Any])


@dataclass(slots=True)
class ReadRequest:
    """A request that can be sent: its custom_id, its line in the input, and the provider's body."""

    custom_id: str
    line: int
    given: Any
    """The body; only its text if it has a pattern."""
    row: int = 0
    """How many records come before it in the input."""
    columns: dict[str, Any] = field(default_factory=dict)
    """What of its record is kept beside its result."""
    pattern: BodyPattern | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The provider's request."""
        found: dict[str, Any] = self.pattern.body(self.given) if self.pattern else self.given
        return found

    @property
    def written(self) -> bytes:
        """The provider's request as JSON: the same for the same."""
        return self.pattern.json(self.given) if self.pattern else to_json(self.given)

    @property
    def model(self) -> str:
        """The model that is asked."""
        return self.pattern.model if self.pattern else str(self.given["model"])


def _whole(line: RequestLine) -> Whole | None:
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
    dialect: Dialect,
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
    first, rows, place = before.lines, before.rows, None
    requests = _Requests(options, dialect, remarks)
    for place, found, kept in parsed(texts, columns, options, remarks):
        if not isinstance(found, dict):
            yield found.model_copy(update={"line": (found.line or place.line) + first})
            continue
        at = JsonPlace(place.line + first, place.row + rows, place.label + first) if first or rows else place
        made = requests.made(at, found, kept)
        if kept and isinstance(made, ReadRequest):
            remarks.keep(kept)
        yield made
    before.rows = rows + place.row + 1 if place else rows


Kept = dict[str, Any]
"""What of a record is kept beside its result."""
NOTHING: Kept = {}
Parsed = Iterator[tuple[JsonPlace, RequestLine | Flaw, Kept]]
"""Lines that were read. (Plain tuples, as there is one for each line.)"""


def _json_lines(lines: Iterable[bytes], columns: RecordColumns, options: Options, remarks: Remarks) -> Parsed:
    """Lines are taken for plain ones until one is not: most files are all of a kind."""
    check, plain = PLAIN.validator.validate_json, columns.plain
    for place, found in json_lines(lines, remarks):
        if not isinstance(found, bytes):
            yield place, found, NOTHING
            continue
        try:
            if not plain:
                yield place, *_taken(RECORD.validate_json(found), columns)
                continue
            try:
                line = check(found)
            except ValidationError:
                check = LINE.validator.validate_json
                line = check(found)
            yield place, line, NOTHING
        except ValidationError as error:
            yield place, _flaw(error, place.line), NOTHING
        except Invalid as error:
            yield place, _refused(error, place.line), NOTHING


def _csv_lines(lines: Iterable[bytes], columns: RecordColumns, options: Options, remarks: Remarks) -> Parsed:
    layout = CsvHints(options.delimiter, {*FIELDS, *columns.named}, columns.missing)
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


def _taken(record: dict[str, Any], columns: RecordColumns, *, blanks: bool = False) -> tuple[RequestLine, Kept]:
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


class _Requests:
    """Makes requests of the lines of a batch."""

    def __init__(self, options: Options, dialect: Dialect, remarks: Remarks) -> None:
        self._options, self._dialect, self._remarks = options, dialect, remarks
        self._reuse = dialect.with_input if isinstance(dialect, Reusing) and not options.hooks else None
        self._pattern: BodyPattern | None = None
        """That of lines which have nothing but an input, from the second on."""

    def made(self, place: JsonPlace, line: RequestLine, kept: Kept) -> ReadRequest | Flaw:
        """The request of a line, or what keeps it from being one."""
        plain, number = PLAIN_FIELDS.issuperset(line), place.line
        if plain and self._pattern and (text := line.get("input")):
            id = line.get("custom_id") or f"request-{place.label}"
            return ReadRequest(id, number, text, place.row, kept, self._pattern)
        made = _request(place, line, kept, self._options, self._dialect, self._remarks)
        if plain and self._reuse and isinstance(made, ReadRequest):
            self._pattern = body_pattern(made.body, self._reuse)
        return made


def _request(
    place: JsonPlace, line: RequestLine, kept: Kept, options: Options, dialect: Dialect, remarks: Remarks
) -> ReadRequest | Flaw:
    schema = line.get("response_schema")
    if schema is not None and (wrong := flaw_of(schema)):
        return Flaw(line=place.line, field="response_schema", detail=wrong)
    try:
        whole = _whole(line)
        body = _body(line, whole, options, dialect, remarks)
        body = before_sending(body, options.hooks) if options.hooks else body
    except Invalid as error:
        return _refused(error, place.line)
    if flaw := _unfit(place.line, line, whole, body, options, dialect):
        return flaw
    id = line.get("custom_id") or line.get("key") or f"request-{place.label}"
    return ReadRequest(id, place.line, body, place.row, kept)


def _unfit(
    number: int, line: RequestLine, whole: Whole | None, body: dict[str, Any], options: Options, dialect: Dialect
) -> Flaw | None:
    """What keeps a body from being sent."""
    model = body.get("model")
    if not isinstance(model, str) or not dialect.knows(model):
        field = f"{whole.field}.model" if whole and "model" in whole.body else "model"
        return Flaw(line=number, field=field, detail=f"{model!r} is no model of {options.provider}")
    asked = URLS.get(line.get("url") or "", options.endpoint)
    if not endpoint_of(dialect, body) == asked == options.endpoint:
        said = f"it is for another endpoint: those of this batch are for {options.endpoint} (`endpoint`)"
        return Flaw(line=number, field="url" if line.get("url") else whole.field if whole else "body", detail=said)
    if body.get("stream"):
        return Flaw(line=number, field=f"{whole.field if whole else 'body'}.stream", detail="a batch can't stream")
    if any(line.get(name) for name in ARBITRARY) and has_long_number(body):
        said = "it holds a number that JSON does not have, such as NaN, or a whole one of over 64 bits"
        return Flaw(line=number, field="body", detail=said)
    return None


def _body(
    line: RequestLine, whole: Whole | None, options: Options, dialect: Dialect, remarks: Remarks
) -> dict[str, Any]:
    """The line as the provider's request. Raises Invalid if it is another's, and can't be put to this one."""
    if whole is None:
        return dialect.body(prompt(line, options, dialect))
    if options.endpoint is not Endpoint.CHAT:
        return _as_it_is(whole, line, options, dialect)
    if whole.shape not in (None, options.provider):
        return dialect.body(translated(whole, line, options, dialect, remarks))
    body = {"model": line.get("model") or options.model or dialect.default_model} | whole.body
    return completed(body, line, options, dialect, remarks)


def _as_it_is(whole: Whole, line: RequestLine, options: Options, dialect: Dialect) -> dict[str, Any]:
    """The provider's request, to which nothing is added. Raises Invalid for another provider's."""
    if whole.shape not in (None, options.provider):
        raise Invalid(f"{options.provider} can't be given a request of {whole.shape} here", field=whole.field)
    return {"model": line.get("model") or options.model or dialect.default_model} | whole.body


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
    if request.pattern and not request.columns:
        place = (to_json(request.custom_id), request.line, request.row)
        return b'{"custom_id":%b,"line":%d,"row":%d,"body":%b}\n' % (*place, request.pattern.json(request.given))
    kept: dict[str, Any] = {"custom_id": request.custom_id, "line": request.line, "row": request.row}
    if request.columns:
        kept["columns"] = json.dumps(request.columns, ensure_ascii=False)
    kept["body"] = request.body
    return to_json(kept) + b"\n"
