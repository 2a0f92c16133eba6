"""The command, and the order in which it looks."""

import sys
from collections.abc import Iterator

import click

from fanfold_client import Unconfigured
from fanfold_command.doctor import deployment, service, settings
from fanfold_command.doctor.finding import Finding
from fanfold_command.printing import Column, clean, json_option, show_rows
from fanfold_command.session import CliContext, pass_session

COLUMNS = [
    Column("ok", lambda found: "ok" if found.ok else "wrong"),
    Column("name", lambda found: found.name),
    Column("seen", lambda found: found.seen),
    Column("todo", lambda found: found.todo),
]


@click.command()
@click.option("--aws", is_flag=True, help="Look at the deployment itself too, with your AWS credentials.")
@click.option("--stack", metavar="NAME", help="Its CloudFormation stack; otherwise the profile's, or fanfold.")
@json_option
@pass_session
def doctor(session: CliContext, aws: bool, stack: str | None, fields: str | None) -> int:
    """Look for what is wrong, and say what to do about it.

    Looks at the configuration, the key and the service's health; with --aws also at the stack's outputs, its queues
    and dead letters, the state machine, the functions and the providers' keys. Exits 1 if anything is wrong.
    """
    findings = list(_findings(session, aws, stack))
    if fields is None and sys.stdout.isatty():
        _tell(findings)
    else:
        show_rows(findings, COLUMNS, fields, "")
    return int(not all(found.ok for found in findings))


def _findings(session: CliContext, aws: bool, stack: str | None) -> Iterator[Finding]:
    yield from settings.findings(session)
    try:
        profile = session.profile
    except Unconfigured:
        return
    yield from service.findings(session.fanfold, profile)
    if aws:
        yield from deployment.findings(profile.model_copy(update={"stack": stack} if stack else {}))


def _tell(findings: list[Finding]) -> None:
    for found in findings:
        mark = click.style("✓", fg="green") if found.ok else click.style("✗", fg="red")
        click.echo(f"{mark} {found.name}: {clean(found.seen)}")
        if found.todo:
            click.echo(f"  → {clean(found.todo)}")
