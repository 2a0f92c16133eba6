"""The command tree."""

import logging
import os
import re
import sys
from typing import Any

import click

from fanfold_command.admin import admin
from fanfold_command.audit import audit
from fanfold_command.batch import batch
from fanfold_command.budget import budget
from fanfold_command.completion import completion
from fanfold_command.defaults import defaults
from fanfold_command.dlq import dlq
from fanfold_command.doctor import doctor
from fanfold_command.forecast import forecast
from fanfold_command.jobs import jobs
from fanfold_command.keys import keys
from fanfold_command.login import login
from fanfold_command.logs import logs
from fanfold_command.open import open_page
from fanfold_command.providers import providers
from fanfold_command.schedules import schedules
from fanfold_command.session import CliContext
from fanfold_command.stats import stats
from fanfold_command.templates import templates
from fanfold_command.usage import usage
from fanfold_command.writing import writing

EPILOG = """\b
Exit codes:
  0    it is done
  1    the batch ended failed or cancelled; with --exit-status, also if a
       request failed or a line was not taken; doctor found something wrong;
       forecast fit could forecast no series
  2    a wrong option, file or configuration
  3    the service refused
  4    the service could not be reached
  130  Ctrl-C
\b
Environment:
  FANFOLD_URL, FANFOLD_KEY   the service and your key, instead of a profile
  FANFOLD_PROFILE            the profile that is meant
  FANFOLD_CONFIG             where profiles are kept
                             (~/.config/fanfold/config.toml)
  NO_COLOR                   no colours
\b
On a terminal you get tables and progress. Piped output is tab-separated,
whole, without colours, with exact dates; tabs, line ends and backslashes in
values are written \\t, \\n, \\r and \\\\. --json prints JSON."""


class _Unsigned(logging.Formatter):
    """Lines without the signatures of presigned links."""

    def format(self, record: logging.LogRecord) -> str:
        return re.sub(r"\?[^ \"]*X-Amz[^ \"]*", "?…", super().format(record))


def tell_calls(session: CliContext) -> None:
    """Calls go to stderr, without what they carry."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Unsigned("fanfold: %(asctime)s %(message)s"))
    logger = logging.getLogger("httpx")
    logger.addHandler(handler)
    session.open.callback(logger.removeHandler, handler)
    session.open.callback(logger.setLevel, logger.level)
    logger.setLevel(logging.INFO)


class Root(click.Group):
    """The command, whose reader may go away, as `head` does, without that being an error."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


@click.group(
    cls=Root, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("--profile", metavar="NAME", help="Use this profile of the configuration file.")
@click.option("--debug", is_flag=True, help="Tell each call to the service, and where an error comes from.")
@click.version_option(package_name="fanfold", message="fanfold %(version)s")
@click.pass_context
def fanfold(context: click.Context, profile: str | None, debug: bool) -> None:
    """Batches of AI requests, and forecasts: submit thousands, get every answer or its error.

    \b
        fanfold login
        fanfold batch submit prompts.jsonl --model gpt-5.4-mini --wait -o answers.jsonl
        fanfold forecast fit sales.csv --horizon 12 --out forecast.csv
        fanfold session generate SESSION "Our harbour" --words 600 -o harbour.docx
    """
    session = context.ensure_object(CliContext)
    session.profile_name = profile
    session.debug = debug
    if debug:
        tell_calls(session)
    context.color = False if session.environ.get("NO_COLOR") else None


COMMANDS = (
    admin,
    audit,
    batch,
    budget,
    completion,
    defaults,
    dlq,
    doctor,
    forecast,
    jobs,
    keys,
    login,
    logs,
    open_page,
    providers,
    schedules,
    stats,
    templates,
    usage,
    writing,
)
for command in COMMANDS:
    fanfold.add_command(command)
