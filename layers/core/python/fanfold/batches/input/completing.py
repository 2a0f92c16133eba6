"""What a request does not say itself, taken from its line's or its batch's options, and never against its word."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fanfold.batches.input.remarks import Remarks
from fanfold.batches.model.batch import Endpoint, Options
from fanfold.errors import Invalid
from fanfold.providers import ChatMessage, Dialect, Prompt, conversation, with_options

SETTINGS = (
    "max_tokens",
    "temperature",
    "response_schema",
    "top_p",
    "stop",
    "seed",
    "reasoning_effort",
    "tools",
    "tool_choice",
)
"""Options of a prompt that a line and a batch name alike."""
NAMES = frozenset(SETTINGS)


class Whole(NamedTuple):
    """A provider's request: the line's field that holds it, and whose shape it has, if that is known."""

    field: str
    shape: str | None
    body: dict[str, Any]


def prompt(line: Mapping[str, Any], options: Options, dialect: Dialect) -> Prompt:
    """A line that is no provider's request as a prompt. Raises Invalid for a message that says nothing."""
    question: ChatMessage = {"role": "user", "content": line.get("input") or ""}
    messages: tuple[ChatMessage, ...] = line.get("messages") or (question,)
    if "messages" in line:
        _check(messages)
    system = line.get("system") or options.system
    if system and messages[0]["role"] not in ("system", "developer"):
        messages = (ChatMessage(role="system", content=system), *messages)
    model = line.get("model") or options.model or dialect.default_model
    settings = _settings(line, options)
    made = Prompt(model, messages, **settings) if settings else Prompt(model, messages)
    return made if options.endpoint is Endpoint.CHAT else made._replace(endpoint=options.endpoint.value)


def _check(messages: Iterable[ChatMessage]) -> None:
    for at, message in enumerate(messages):
        if message.get("content") is None and not message.get("tool_calls"):
            raise Invalid("a message has content, or calls tools", field=f"messages.{at}.content")


def completed(
    body: dict[str, Any], line: Mapping[str, Any], options: Options, dialect: Dialect, remarks: Remarks
) -> dict[str, Any]:
    """A provider's own request with what it does not say; what it has got so is counted."""
    given: list[str] = []
    model = str(body.get("model"))
    if system := line.get("system") or options.system:
        more = with_options(dialect, body, Prompt(model, (ChatMessage(role="system", content=system),)))
        given += ["system"] if more != body else []
        body = more
    for name, value in _settings(line, options).items():
        more = with_options(dialect, body, Prompt(model, (), **{name: value}))
        given += [name] if more != body else []
        body = more
    _count(given, remarks)
    return body


def translated(whole: Whole, line: Mapping[str, Any], options: Options, dialect: Dialect, remarks: Remarks) -> Prompt:
    """Another provider's request as a prompt for this one. Its own model is kept if this one has it."""
    model = line.get("model") or options.model
    try:
        found = conversation(whole.shape or "", whole.body)
    except Invalid as error:
        flaw = error.flaws[0]
        raise Invalid(
            f"this is a request for {whole.shape}, and {options.provider} can't be given it as it is: {flaw.detail}",
            field=f"{whole.field}.{flaw.field}" if flaw.field else whole.field,
        ) from error
    if model is None and found.model and not dialect.knows(found.model):
        detail = f"{found.model!r} is no model of {options.provider}; say with `model` which to use instead"
        raise Invalid(detail, field=f"{whole.field}.model")
    own = found.model if dialect.knows(found.model) else model or dialect.default_model
    more = {name: value for name, value in _settings(line, options).items() if getattr(found, name) is None}
    made = found._replace(model=own, messages=_with_system(found.messages, line, options), **more)
    _count([*(["system"] if len(made.messages) > len(found.messages) else []), *more], remarks)
    return made


def _count(given: list[str], remarks: Remarks) -> None:
    if given:
        remarks.count(f"with a provider's body took from the options what the body does not set: {', '.join(given)}")


def _with_system(
    messages: tuple[ChatMessage, ...], line: Mapping[str, Any], options: Options
) -> tuple[ChatMessage, ...]:
    system = line.get("system") or options.system
    if not system or messages[0]["role"] == "system":
        return messages
    return (ChatMessage(role="system", content=system), *messages)


def _settings(line: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Those that are set, the line's before the batch's."""
    common = _common(options)
    if NAMES.isdisjoint(line):
        return common
    own = {name: line[name] for name in line if name in NAMES and line[name] is not None}
    return common | own


class _Held:
    """The settings of the options that were last asked for: they are the same for all lines of a batch."""

    options: Options | None = None
    settings: dict[str, Any] = {}  # noqa: RUF012


def _common(options: Options) -> dict[str, Any]:
    if _Held.options is not options:
        settings = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
        _Held.settings, _Held.options = settings, options
    return _Held.settings
