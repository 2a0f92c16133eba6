"""The options of a batch, as a shell says them."""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

import click

C = TypeVar("C", bound=Callable[..., Any])
STDIN = Path("-")
DOLLARS = click.FloatRange(0, min_open=True)

file_argument = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)

Decorator = Callable[[Any], Any]

BATCH: tuple[Decorator, ...] = (
    click.option("--provider", metavar="NAME", help="Whose models: openai, anthropic, gemini."),
    click.option("--model", metavar="NAME", help="The model of every request that does not name one."),
    click.option(
        "--mode",
        type=click.Choice(["batch", "realtime", "auto"]),
        help="At half the price by tomorrow, now, or whichever suits.",
    ),
    click.option("--priority", type=click.Choice(["high", "normal", "low"]), help="Before which others, in real time."),
    click.option("--deadline", metavar="TIME", help="When what has no answer expires: 2026-12-01T08:00Z."),
    click.option("--failover/--no-failover", default=None, help="Ask in real time what a stuck batch leaves open."),
    click.option(
        "--fallback",
        "fallbacks",
        multiple=True,
        metavar="[PROVIDER/]MODEL",
        help="Who answers in real time if the model can't; can be repeated.",
    ),
    click.option("--repair/--no-repair", default=None, help="Ask again, once, for an output that keeps to its schema."),
    click.option("--collapse", is_flag=True, default=None, help="Ask once for requests that ask the same."),
    click.option("--cache", is_flag=True, default=None, help="Share answers with your other batches."),
    click.option("--system", metavar="TEXT", help="The system prompt; @FILE reads it from a file."),
    click.option("--template", metavar="TEXT", help='The prompt of a CSV\'s rows: "Classify: {text}".'),
    click.option("--from-template", metavar="NAME[@N]", help="A saved template; what you say here comes first."),
    click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of it; can be repeated."),
    click.option("--id-column", metavar="NAME", help="The column, or field, that is each request's custom_id."),
    click.option(
        "--keep-columns", metavar="NAMES", help="Columns to keep beside the results: sku,shop, or all of them: all."
    ),
    click.option("--allow-empty", is_flag=True, default=None, help="Let fields be empty that the template names."),
    click.option(
        "--delimiter", metavar="CHAR", help=r"What sets a CSV's fields apart, if it is not found; \t is a tab."
    ),
    click.option("--encoding", metavar="NAME", help="The encoding of FILE, if it is not found: windows-1252."),
    click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Tokens an answer may have."),
    click.option("--temperature", type=click.FloatRange(0, 2), metavar="X", help="0 to 2."),
    click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="S", help="Seconds a call may take."),
    click.option("--retry-attempts", type=click.IntRange(1, 50), metavar="N", help="Calls that may fail."),
    click.option("--pace", "requests_per_minute", type=click.IntRange(1), metavar="N", help="Requests a minute."),
    click.option("--retention-days", type=click.IntRange(1, 3650), metavar="N", help="How long it is kept."),
    click.option("--hook", "hooks", multiple=True, metavar="NAME", help="What requests and results go through."),
    click.option("--budget", "budget_usd", type=DOLLARS, metavar="USD", help="What it may cost."),
    click.option("--name", metavar="TEXT", help="What to call it."),
    click.option("--description", metavar="TEXT", help="What it is for."),
    click.option("--metadata", multiple=True, metavar="NAME=VALUE", help="A fact of yours; can be repeated."),
    click.option("--tag", "tags", multiple=True, metavar="TEXT", help="A tag; can be repeated."),
    click.option("--set", "others", multiple=True, metavar="FIELD=JSON", help="Any other field of the API."),
)


def batch_options(command: C) -> C:
    """A command that takes what may be asked of a batch; `asked` makes fields of the API of it."""
    return with_options(BATCH)(command)


def with_options(options: tuple[Decorator, ...]) -> Callable[[C], C]:
    """Several options as one decorator, in this order."""

    def add(command: C) -> C:
        made: Any = command
        for option in reversed(options):
            made = option(made)
        return cast(C, made)

    return add


def asked(given: dict[str, Any]) -> dict[str, Any]:
    """The API's fields for what was given; nothing for what was not. Raises BadParameter."""
    fields = {name: value for name, value in given.items() if value not in (None, ()) and name != "others"}
    for name, option in (("metadata", "metadata"), ("variables", "var")):
        if name in fields:
            fields[name] = dict(_pair(each, option) for each in fields[name])
    if "fallbacks" in fields:
        fields["fallbacks"] = [_fallback(each) for each in fields["fallbacks"]]
    if (keep := fields.get("keep_columns")) not in (None, "all"):
        fields["keep_columns"] = [name.strip() for name in keep.split(",") if name.strip()]
    if fields.get("delimiter") in ("\\t", "tab"):
        fields["delimiter"] = "\t"
    if "hooks" in fields:
        fields["hooks"] = list(fields["hooks"])
    if "tags" in fields:
        fields["tags"] = list(fields["tags"])
    if fields.get("system", "").startswith("@"):
        fields["system"] = Path(fields["system"][1:]).read_text(encoding="utf-8")
    return fields | {name: _json(value) for name, value in (_pair(each, "set") for each in given["others"])}


def _fallback(said: str) -> dict[str, str]:
    """`anthropic/claude-haiku-4-5`, `gpt-5-mini` of the same provider, or `gemini/` for its default model."""
    provider, slash, model = said.partition("/")
    named = {"provider": provider, "model": model} if slash else {"model": provider}
    return {name: value for name, value in named.items() if value}


@contextmanager
def readable(file: Path, kind: str | None) -> Iterator[tuple[Path, str]]:
    """A file and the name that tells its format; stdin becomes a file first, so that it can be sent again."""
    if file != STDIN and file.suffix.lower() != ".gz":
        yield file, f"{file.stem}.{kind}" if kind else file.name
        return
    with TemporaryDirectory(prefix="fanfold-") as folder:
        if file != STDIN:
            plain = Path(folder) / "unpacked"
            try:
                with gzip.open(file) as packed, plain.open("wb") as out:
                    copyfileobj(packed, out)
            except (gzip.BadGzipFile, EOFError):
                raise click.UsageError(f"{file}: it ends in .gz, and is not gzipped, or cut off") from None
            yield plain, f"{Path(file.stem).stem}.{kind}" if kind else file.stem
            return
        spool = Path(folder) / "stdin"
        with spool.open("wb") as out:
            copyfileobj(sys.stdin.buffer, out)
        yield spool, f"stdin.{kind or 'jsonl'}"


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.UsageError(f"--{option} {text!r}: write it as NAME=VALUE")
    return name, value


def _json(value: str) -> Any:
    """What the value is as JSON; text that is none is text."""
    try:
        return json.loads(value)
    except ValueError:
        return value
