"""Where URL and key come from, and how they are kept."""

from pathlib import Path

import pytest

from fanfold_client import Unconfigured
from fanfold_client.profiles import Profile, chosen, config_path, located, read, write
from tests.unit.client.conftest import Run
from tests.unit.client.service import API, KEY, Service

WORK = Profile(url="https://work.test", key="ff_work")
HOME = Profile(url="https://home.test", key='quo"te\\')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "config.toml"
    write(path, "work", WORK)
    write(path, "home", HOME)
    return path


def test_what_is_written_is_read_and_private(path: Path) -> None:
    assert read(path).profiles == {"work": WORK, "home": HOME}
    assert read(path).default == "work"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]
    write(path, "home", HOME, default=True)
    assert read(path).default == "home"


def test_comments_stay(path: Path) -> None:
    path.write_text("# mine\n" + path.read_text())
    write(path, "work", WORK.model_copy(update={"url": "https://new.test"}))
    assert path.read_text().startswith("# mine\n")
    assert read(path).profiles["work"].url == "https://new.test"


def test_the_flag_goes_before_the_environment_before_the_file(path: Path) -> None:
    said = {"FANFOLD_URL": "https://said.test", "FANFOLD_PROFILE": "home"}
    assert chosen(path, None, {}) == WORK
    assert chosen(path, None, {"FANFOLD_PROFILE": "home"}) == HOME
    assert chosen(path, None, said) == HOME.model_copy(update={"url": "https://said.test"})
    assert chosen(path, "work", said) == WORK


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    found = chosen(tmp_path / "none", None, {"FANFOLD_URL": API, "FANFOLD_KEY": KEY})
    assert (found.url, found.key) == (API, KEY)
    assert KEY not in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default = ", "config.toml: "),
        ("[profiles.a]\nurll = 'x'", "field profiles.a.urll"),
        ("default = 'gone'", "no profile 'gone'"),
        ("", "no URL is known"),
        ("[profiles.a]\nurl = 'fanfold.test'", "'fanfold.test' is no URL"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(Unconfigured, match=said):
        chosen(tmp_path / "config.toml", None, {})


def test_the_file_is_where_the_environment_says() -> None:
    assert config_path({"FANFOLD_CONFIG": "/x.toml"}) == Path("/x.toml")
    assert config_path({"XDG_CONFIG_HOME": "/c"}) == Path("/c/fanfold/config.toml")
    assert config_path({}) == Path.home() / ".config" / "fanfold" / "config.toml"


def test_login_keeps_a_key_that_works(run: Run, environ: dict[str, str], service: Service) -> None:
    for name in ("FANFOLD_URL", "FANFOLD_KEY"):
        del environ[name]
    wrong = run("login", "--url", API, stdin=b"ff_wrong\n")
    assert (wrong.code, "nobody has this key" in wrong.err) == (3, True)
    assert not config_path(environ).exists()

    right = run("--profile", "work", "login", "--url", f"{API}/", stdin=KEY.encode() + b"\n")
    assert (right.code, right.out) == (0, "")
    assert KEY not in right.err
    assert read(config_path(environ)).profiles["work"] == Profile(url=API, key=KEY)
    assert run("batch", "list").code == 0
    assert run("login", "--url", API, "--no-check", stdin=b"").code == 2


class TestLocated:
    """Where `Fanfold()` goes."""

    def test_what_is_given_is_taken_and_nothing_read(self) -> None:
        assert located("https://a.test", "ff_a", "nope", {"FANFOLD_CONFIG": "/nowhere"}) == ("https://a.test", "ff_a")

    def test_a_url_takes_the_key_of_the_environment_alone(self, tmp_path: Path) -> None:
        environ = {"FANFOLD_CONFIG": str(tmp_path / "config.toml"), "FANFOLD_KEY": "ff_env"}
        write(tmp_path / "config.toml", "work", Profile(url="https://work.test", key="ff_work"))
        assert located("https://a.test", None, None, environ) == ("https://a.test", "ff_env")
        assert located("https://a.test", None, None, {}) == ("https://a.test", "")

    def test_a_profile_is_meant_by_name_or_alone(self, tmp_path: Path) -> None:
        environ = {"FANFOLD_CONFIG": str(tmp_path / "config.toml")}
        write(tmp_path / "config.toml", "work", Profile(url="https://work.test", key="ff_work"))
        assert located(None, None, None, environ) == ("https://work.test", "ff_work")
        assert located(None, "ff_mine", "work", environ) == ("https://work.test", "ff_mine")
        with pytest.raises(Unconfigured, match="has no profile 'home'"):
            located(None, None, "home", environ)
