"""`fanfold login`: put a deployment and a key into the configuration file."""

import sys

import click

from fanfold_client.profiles import DEFAULT, Profile, read, write
from fanfold_command.session import CliContext, pass_session


@click.command()
@click.option("--url", metavar="URL", help="Where the service is; asked for if it is not given.")
@click.option("--page", metavar="URL", help="Where its dashboard is, for `fanfold open`.")
@click.option("--default", is_flag=True, help="Make it the profile that is meant when none is named.")
@click.option("--no-check", is_flag=True, help="Write it without asking the service whether the key is good.")
@pass_session
def login(session: CliContext, url: str | None, page: str | None, default: bool, no_check: bool) -> None:
    """Keep a service's URL and your key as a profile.

    The key is asked for without being shown, or read from stdin. The profile is called what --profile says, or
    "default".

    \b
        fanfold login --url https://….execute-api.eu-central-1.amazonaws.com
        fanfold --profile work login --url https://… < key.txt
    """
    name = session.profile_name or DEFAULT
    there = read(session.config).profiles.get(name, Profile())
    asked_url = url or click.prompt("URL", default=there.url or None, err=True)
    news = {"url": asked_url.rstrip("/"), "key": _key()} | ({"page": page} if page else {})
    profile = there.model_copy(update=news)
    if not no_check:
        with session.open_client(profile.url, profile.key) as client:
            client.health()
    write(session.config, name, profile, default=default)
    click.echo(f"profile {name} is in {session.config}", err=True)


def _key() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Key", hide_input=True, err=True)).strip()
    if key := sys.stdin.readline().strip():
        return key
    raise click.UsageError("there is no key on stdin")
