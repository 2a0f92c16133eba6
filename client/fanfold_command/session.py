"""What every command runs in: the environment, the profile, one client."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import click

from fanfold_client import Fanfold
from fanfold_client.profiles import Profile, chosen, config_path, uploads_path

OpenClient = Callable[[str, str], Fanfold]


def connect(url: str, key: str) -> Fanfold:
    """A client as the command uses it."""
    return Fanfold(url, key)


@dataclass
class CliContext:
    """Made once a run. Nothing is read before it is needed, so that help needs no configuration."""

    environ: Mapping[str, str]
    open_client: OpenClient
    profile_name: str | None = None
    """What `--profile` says."""
    debug: bool = False
    """Whether calls are told, and where an error comes from."""
    open: ExitStack = field(default_factory=ExitStack)
    """What is to be closed at the end."""
    began: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> str:
        """How long the command has run."""
        return f"{time.monotonic() - self.began:.1f} s"

    @property
    def config(self) -> Path:
        """Where the profiles are."""
        return config_path(self.environ)

    @property
    def uploads(self) -> Path:
        """Where uploads are remembered, so that a broken `submit` can be repeated."""
        return uploads_path(self.environ)

    @cached_property
    def profile(self) -> Profile:
        """The profile that is meant. Raises Unconfigured."""
        return chosen(self.config, self.profile_name, self.environ)

    @cached_property
    def fanfold(self) -> Fanfold:
        """The client; `open` closes it."""
        return self.open.enter_context(self.open_client(self.profile.url, self.profile.key))


pass_session = click.make_pass_decorator(CliContext)
