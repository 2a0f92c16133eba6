"""`fanfold admin tenants`: list tenants, delete one with everything of theirs, or export it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fanfold_client.answers import Answer
from fanfold_command.columns.keys import RECEIPTS, TENANTS
from fanfold_command.operating import admin_of
from fanfold_command.printing import json_option, show_rows
from fanfold_command.session import CliContext, pass_session

PAUSE, SECONDS = 2.0, 60.0
PARTS = ("keys", "items", "journal", "objects")
PROGRESS = ".progress.json"
Do = Callable[..., dict[str, Any]]


@click.group(invoke_without_command=True)
@json_option
@pass_session
@click.pass_context
def tenants(context: click.Context, session: CliContext, fields: str | None) -> None:
    """List the tenants, or delete or export one."""
    if context.invoked_subcommand is None:
        found = admin_of(session).do("list_tenants")["tenants"]
        show_rows(map(Answer.model_validate, found), TENANTS, fields, "no tenants")


@tenants.command()
@click.argument("tenant")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def delete(session: CliContext, tenant: str, yes: bool) -> None:
    """Delete TENANT with everything of theirs. Broken off, it goes on where it was."""
    if not yes:
        click.confirm(f"Delete {tenant}, its jobs, files, keys and logs, for good?", abort=True)
    click.echo(json.dumps(delete_tenant(admin_of(session).do, tenant), indent=2))


@tenants.command()
@click.argument("tenant")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@pass_session
def export(session: CliContext, tenant: str, folder: Path) -> None:
    """Export everything of TENANT into FOLDER. Broken off, it goes on where it was."""
    export_tenant(admin_of(session).do, tenant, folder)
    click.echo(f"{tenant} is in {folder}", err=True)


@tenants.command("receipts")
@json_option
@pass_session
def list_receipts(session: CliContext, fields: str | None) -> None:
    """List what was deleted of tenants that are gone."""
    found = admin_of(session).do("list_receipts")["receipts"]
    show_rows(map(Answer.model_validate, found), RECEIPTS, fields, "no tenant was deleted")


def delete_tenant(do: Do, tenant: str) -> dict[str, Any]:
    """Ask for one step after the other; the receipt."""
    found = do("delete_tenant", tenant=tenant)
    while not found["done"]:
        left = f", {found['left']} left" if found["left"] else ""
        click.echo(f"{tenant}: {found['step']}{left}", err=True)
        if not found["cursor"]:
            time.sleep(PAUSE)
        found = do("delete_tenant", tenant=tenant, cursor=found["cursor"])
    receipt: dict[str, Any] = found["receipt"]
    return receipt


def export_tenant(do: Do, tenant: str, folder: Path) -> None:
    """Write each part's answers, and after each where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / PROGRESS
    place = json.loads(kept.read_text()) if kept.exists() else {"part": PARTS[0], "cursor": None}
    for part in PARTS[PARTS.index(place["part"]) :]:
        cursor = place["cursor"] if part == place["part"] else None
        while True:
            found = do("export_tenant", tenant=tenant, part=part, cursor=cursor)
            _write(found, part, folder)
            cursor = found["cursor"]
            kept.write_text(json.dumps({"part": part, "cursor": cursor}))
            if cursor is None:
                break
    kept.unlink()


def _write(found: dict[str, Any], part: str, folder: Path) -> None:
    if found["lines"]:
        with (folder / f"{part}.jsonl").open("a") as file:
            file.writelines(f"{line}\n" for line in found["lines"])
    for each in found["objects"]:
        _fetch(each["url"], folder.joinpath("objects", *map(_safe, each["key"].split("/"))))


def _safe(name: str) -> str:
    """A part of a key as a file's name, which leads nowhere else."""
    return f"_{name}" if name in ("", ".", "..") else name


def _fetch(url: str, to: Path) -> None:
    import httpx

    to.parent.mkdir(parents=True, exist_ok=True)
    with httpx.stream("GET", url, timeout=SECONDS) as answer, to.open("wb") as file:
        answer.raise_for_status()
        file.writelines(answer.iter_bytes())
