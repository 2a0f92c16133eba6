"""`fanfold open`: the dashboard, signed in."""

import sys
import webbrowser
from urllib.parse import quote

import click

from fanfold_command.session import CliContext, pass_session

UNKNOWN = "where the dashboard is is not known: `fanfold login --page URL` keeps it, --page says it this once"


@click.command("open")
@click.option("--page", metavar="URL", help="Where the dashboard is, if the profile does not say.")
@click.option("--print", "printed", is_flag=True, help="Print the link and open nothing.")
@pass_session
def open_page(session: CliContext, page: str | None, printed: bool) -> None:
    """Open the dashboard in a browser, signed in with your key.

    In a pipe the link is printed. Whoever has it can do what your key can; browsers send that part to no server.
    """
    profile = session.profile
    place = page or profile.page
    if not place:
        raise click.UsageError(UNKNOWN)
    link = f"{place.rstrip('/')}/#key={quote(profile.key, safe='')}"
    if printed or not sys.stdout.isatty() or not webbrowser.open(link):
        click.echo(link)
