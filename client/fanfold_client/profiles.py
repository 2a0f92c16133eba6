"""Profiles: deployments by name, with a key for each, in a file that only its owner can read.

    default = "work"

    [profiles.work]
    url = "https://….execute-api.eu-central-1.amazonaws.com"
    key = "ff_acme_…"

A profile may also name `page`, for `fanfold open`, and `stack`, `region` and `aws_endpoint`, for `fanfold doctor
--aws`. FANFOLD_CONFIG says where the file is, FANFOLD_PROFILE which profile is meant, FANFOLD_URL and FANFOLD_KEY
replace what the profile says.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fanfold_client.errors import Unconfigured

OWNER_ONLY = 0o600
DEFAULT = "default"
ADVICE = "run `fanfold login`, or set FANFOLD_URL and FANFOLD_KEY"


class Profile(BaseModel):
    """A deployment and a key for it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    url: str = ""
    key: str = Field(default="", repr=False)
    page: str | None = None
    """Where the dashboard is."""
    stack: str = "fanfold"
    region: str | None = None
    aws_endpoint: str | None = None


class Config(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    default: str | None = None
    profiles: dict[str, Profile] = Field(default_factory=dict)

    @property
    def name(self) -> str | None:
        """The profile that is meant when nobody says."""
        return self.default or (next(iter(self.profiles)) if len(self.profiles) == 1 else None)


def config_path(environ: Mapping[str, str]) -> Path:
    """Where the file is, or would be."""
    if named := environ.get("FANFOLD_CONFIG"):
        return Path(named)
    home = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "fanfold" / "config.toml"


def uploads_path(environ: Mapping[str, str]) -> Path:
    """Where uploads are remembered, so that a call that broke can be repeated."""
    home = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "fanfold" / "uploads"


def read(path: Path) -> Config:
    """The file; an empty one if there is none. Raises Unconfigured for one that can't be read."""
    import tomllib

    try:
        return Config.model_validate(tomllib.loads(path.read_text()))
    except FileNotFoundError:
        return Config()
    except tomllib.TOMLDecodeError as error:
        raise Unconfigured(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise Unconfigured(f"{path}: field {where}: {wrong['msg']}") from error


def chosen(path: Path, name: str | None, environ: Mapping[str, str]) -> Profile:
    """The profile that is meant: by name, the environment, the file, in that order. Raises Unconfigured."""
    config = read(path)
    wanted = name or environ.get("FANFOLD_PROFILE") or config.name
    if wanted and wanted not in config.profiles:
        there = ", ".join(config.profiles) or "none"
        raise Unconfigured(f"{path} has no profile {wanted!r} (it has: {there}); {ADVICE}")
    profile = config.profiles[wanted] if wanted else Profile()
    if not name:
        said = {"url": environ.get("FANFOLD_URL"), "key": environ.get("FANFOLD_KEY")}
        profile = profile.model_copy(update={field: value for field, value in said.items() if value})
    if not profile.url.startswith(("https://", "http://")):
        raise Unconfigured(f"{profile.url!r} is no URL; {ADVICE}" if profile.url else f"no URL is known; {ADVICE}")
    return profile


def located(
    url: str | None, key: str | None, name: str | None = None, environ: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """A deployment's URL and the key: those that are given, or else the profile's. Raises Unconfigured."""
    if url is not None and key is not None:
        return url, key
    told = os.environ if environ is None else environ
    if url is not None:
        return url, told.get("FANFOLD_KEY", "")
    profile = chosen(config_path(told), name, told)
    return profile.url, profile.key if key is None else key


def write(path: Path, name: str, profile: Profile, *, default: bool = False) -> None:
    """Put a profile into the file; the rest of it, comments too, stays. The first becomes the default."""
    import tomlkit

    document = tomlkit.parse(path.read_text()) if path.exists() else tomlkit.document()
    if default or "default" not in document:
        document["default"] = name
    profiles = document.setdefault("profiles", tomlkit.table(is_super_table=True))
    profiles[name] = profile.model_dump(exclude_defaults=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as out:
        out.write(tomlkit.dumps(document))
    fresh.replace(path)
