"""Servers on this machine answer programs, and in a browser the listed pages: not every page that it shows."""

import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.cloud.runtime_api import PREFIX, RuntimeApi
from local.cloud.stack import Cloud
from local.pages import Pages
from local.provider.process import ProviderEmulator
from tests.contract.cloud.sample import call, sample_cloud

PAGE = "http://127.0.0.1:5173"
EVIL = "https://evil.example"
SECRET = {"X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Type": "application/x-amz-json-1.1"}
ROOT = {"Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261130/us-east-1/secretsmanager/aws4_request"}
BROWSERS: list[dict[str, str]] = [
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Mode": "no-cors"},
    {"Origin": PAGE},
]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with sample_cloud(origins=(PAGE,), hosts=("bridge:4566",)) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), hosts=("bridge:80",)) as emulator:
        yield emulator


def link(cloud: Cloud, bucket: str, key: str) -> str:
    """An address that a function signed with its role, as the product makes them."""
    asked = {"ClientMethod": "get_object", "Params": {"Bucket": bucket, "Key": key}}
    kind, found = call(cloud, "Caller", {"service": "s3", "method": "generate_presigned_url", "arguments": asked})
    assert kind is None, found
    return str(found)


def test_the_aws_api_answers_programs(cloud: Cloud) -> None:
    cloud.client("secretsmanager").create_secret(Name="provider-keys", SecretString="sk-real")
    got = httpx.post(cloud.url, headers=SECRET | ROOT, json={"SecretId": "provider-keys"})
    assert got.json()["SecretString"] == "sk-real"


@pytest.mark.parametrize("browser", BROWSERS, ids=str)
@pytest.mark.parametrize("path", ["/", "/_ministack/health", "/_fanfold/kills", "/000000000000/queue", "/bucket/key"])
def test_the_aws_api_never_answers_a_browser(cloud: Cloud, path: str, browser: dict[str, str]) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        asked = SECRET | ROOT | browser if method == "POST" else browser
        refused = httpx.request(method, cloud.url + path, headers=asked)
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
        assert "sk-real" not in refused.text


def test_node_is_no_browser(cloud: Cloud) -> None:
    node = {"Sec-Fetch-Mode": "cors"}
    assert httpx.get(f"{cloud.api_url}/open", headers=node).status_code == 200
    assert httpx.get(f"{cloud.url}/_ministack/health", headers=node).status_code == 403
    for more in ({"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert httpx.get(f"{cloud.api_url}/open", headers=node | more).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4566", "127.0.0.1", "127.0.0.1:1", "b.s3.localhost"])
def test_a_name_that_points_here_is_no_name_of_ours(cloud: Cloud, host: str) -> None:
    assert httpx.get(f"{cloud.url}/_ministack/health", headers={"Host": host}).status_code == 403
    assert httpx.get(f"{cloud.api_url}/open", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:{port}", "bridge:4566"])
def test_names_that_were_asked_for_are_answered(cloud: Cloud, host: str) -> None:
    asked = {"Host": host.format(port=cloud.port)}
    assert httpx.get(f"{cloud.url}/_ministack/health", headers=asked).status_code == 200


@pytest.mark.parametrize(
    ("browser", "status"),
    [
        ({"Origin": PAGE, "Sec-Fetch-Site": "same-site"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": EVIL}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:5174"}, 403),
    ],
    ids=str,
)
def test_the_api_answers_listed_pages_only(cloud: Cloud, browser: dict[str, str], status: int) -> None:
    assert httpx.get(f"{cloud.api_url}/open", headers=browser).status_code == status


@pytest.mark.parametrize("browser", [{"Origin": "null"}, {"Origin": PAGE}, {"Sec-Fetch-Site": "same-site"}], ids=str)
def test_a_signed_link_opens_in_a_browser(cloud: Cloud, browser: dict[str, str]) -> None:
    bucket = cloud.outputs["Bucket"]
    cloud.client("s3").put_object(Bucket=bucket, Key="shown/file", Body=b"text")
    signed = link(cloud, bucket, "shown/file")
    assert httpx.get(signed, headers=browser).text == "text"
    assert httpx.get(signed.replace("shown/file", "shown/other"), headers=browser).status_code == 403
    assert httpx.put(signed, headers=browser, content=b"").status_code == 403


def test_a_link_signed_with_the_key_that_everybody_knows_does_not(cloud: Cloud) -> None:
    bucket = cloud.outputs["Bucket"]
    cloud.client("s3").put_object(Bucket=bucket, Key="shown/file", Body=b"text")
    signed = cloud.client("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "shown/file"})
    assert httpx.get(signed).text == "text"
    assert httpx.get(signed, headers={"Origin": "null"}).status_code == 403


@pytest.mark.parametrize("browser", BROWSERS, ids=str)
@pytest.mark.parametrize("path", ["/_emulator/calls", "/_emulator/faults", "/v1/models", "/v1/files"])
def test_the_provider_emulator_never_answers_a_browser(
    emulator: ProviderEmulator, path: str, browser: dict[str, str]
) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        assert httpx.request(method, emulator.url + path, headers=browser).status_code == 403


def test_the_provider_emulator_has_names_of_its_own(emulator: ProviderEmulator) -> None:
    asked = f"{emulator.url}/_emulator/health"
    assert httpx.get(asked, headers={"Host": "evil.example"}).status_code == 403
    assert httpx.get(asked, headers={"Host": "bridge:80"}).status_code == 200


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": EVIL}, {"Sec-Fetch-Site": "none"}], ids=str)
def test_no_browser_takes_a_workers_event(headers: dict[str, str]) -> None:
    api = RuntimeApi()
    try:
        asked = f"http://{api.address}{PREFIX}invocation/next"
        assert httpx.get(asked, headers=headers).status_code == 403
        assert api.happenings.empty()
    finally:
        api.close()


def test_the_pages_have_names_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("hello")
    with Pages(dist=tmp_path) as pages:
        assert httpx.get(pages.origin).text == "hello"
        assert httpx.get(pages.origin, headers={"Host": "evil.example"}).status_code == 421


def test_state_is_for_its_owner(tmp_path: Path) -> None:
    with sample_cloud(state_dir=tmp_path / "cloud") as cloud, ProviderEmulator(tmp_path / "provider"):
        cloud.client("s3").put_object(Bucket=cloud.outputs["Bucket"], Key="a", Body=b"text")
    found = [each for name in ("cloud", "provider") for each in (tmp_path / name).rglob("*") if not each.is_symlink()]
    assert found
    assert [str(each) for each in found if stat.S_IMODE(each.stat().st_mode) & 0o077] == []
