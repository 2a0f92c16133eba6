"""The configuration: is it there, is it private, does it name a service and a key?"""

import re
from collections.abc import Iterator
from pathlib import Path

from fanfold_client import Unconfigured
from fanfold_client.profiles import ADVICE, Profile
from fanfold_command.doctor.finding import Finding, ill, well
from fanfold_command.session import CliContext

KEY = re.compile(r"ff_([a-z0-9][a-z0-9-]{0,31})_[\w-]{43}")
OTHERS = 0o077
LOCAL = re.compile(r"https?://(localhost|127\.|\[::1\])")


def findings(session: CliContext) -> Iterator[Finding]:
    """What the files and the environment say."""
    path = session.config
    yield _privacy(path) if path.exists() else well("configuration", f"{path} is not there; the environment says all")
    try:
        profile = session.profile
    except Unconfigured as error:
        yield ill("profile", error.problem["detail"], ADVICE)
        return
    yield _url(profile)
    yield _key(profile)


def _privacy(path: Path) -> Finding:
    if path.stat().st_mode & OTHERS:
        return ill("configuration", f"others can read {path}, which has keys in it", f"chmod 600 {path}")
    return well("configuration", str(path))


def _url(profile: Profile) -> Finding:
    if profile.url.startswith("http://") and not LOCAL.match(profile.url):
        return ill("URL", f"{profile.url} sends your key in the clear", "use https://")
    return well("URL", profile.url)


def _key(profile: Profile) -> Finding:
    if not profile.key:
        return ill("key", "there is none", ADVICE)
    if not (whole := KEY.fullmatch(profile.key)):
        return ill("key", "it is not of the form ff_<tenant>_<43 characters>", "copy it again, whole; `fanfold login`")
    return well("key", f"of tenant {whole[1]}")
