"""The command tree."""

from importlib.metadata import version

import click

from fanfold_command.batch import batch
from fanfold_command.completion import completion
from fanfold_command.doctor import doctor
from fanfold_command.login import login
from fanfold_command.session import Session, pass_session

EPILOG = """\b
Exit codes:
  0    it is done
  1    the batch ended failed or cancelled; with --exit-status, also if a
       request failed or a line was not taken; doctor found something wrong
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


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--profile", metavar="NAME", help="Use this profile of the configuration file.")
@click.version_option(version("fanfold"), message="fanfold %(version)s")
@pass_session
def fanfold(session: Session, profile: str | None) -> None:
    """Batches of AI requests: submit thousands, get every answer or its error.

    \b
        fanfold login
        fanfold batch submit prompts.jsonl --model gpt-5.4-mini --wait -o answers.jsonl
    """
    session.profile_name = profile


for command in (batch, completion, doctor, login):
    fanfold.add_command(command)
