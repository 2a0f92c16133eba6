"""Keys at providers: whose is used, and that none of them shows up anywhere."""

import asyncio
import json
import logging
import secrets
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold import providers
from fanfold.accounts.provider_keys import ProviderKeys, SetProviderKey
from fanfold.batches.batch_lane.collect import CollectShard, FailedLine, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.errors import FanfoldError, ProviderRefused
from fanfold.providers import Prompt
from local.provider.process import ProviderEmulator
from tests.fakes.cloud import FakeCloud
from tests.fakes.secrets import MemorySecrets
from tests.unit.batches.stores.test_submit_locks import planned

NAMES = ("openai", "anthropic", "gemini")
PLANTED = 20


class Clock:
    now = datetime(2026, 11, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def keys() -> ProviderKeys:
    return ProviderKeys(MemorySecrets({"shared": {"openai": "sk-shared", "gemini": ""}}), "shared", "own/", Clock())


def test_a_tenants_own_key_goes_before_the_deployments(keys: ProviderKeys) -> None:
    keys.set(SetProviderKey(tenant="acme", provider="openai", key="sk-acme"))
    assert keys.key("openai", "acme") == "sk-acme"
    keys.set(SetProviderKey(tenant="acme", provider="anthropic", key="sk-a"))
    assert (keys.named("acme"), keys.named("other")) == ({"openai", "anthropic"}, {"openai"})
    assert keys.key("openai", "other") == "sk-shared"
    keys.set(SetProviderKey(tenant="acme", provider="openai", key=""))
    assert keys.key("openai", "acme") == "sk-shared"


def test_a_key_that_was_rotated_or_taken_away_elsewhere_is_out_of_use_within_a_minute() -> None:
    secrets, clock = MemorySecrets({"shared": {"openai": "sk-1"}, "own/acme": {"openai": "sk-own"}}), Clock()
    keys = ProviderKeys(secrets, "shared", "own/", clock)
    assert (keys.key("openai", "acme"), keys.key("openai", "other")) == ("sk-own", "sk-1")
    secrets.put("shared", {"openai": "sk-2", "openai_webhook": "whsec"})
    secrets.remove("own/acme")
    clock.now += timedelta(seconds=59)
    assert (keys.key("openai", "acme"), keys.webhook("openai")) == ("sk-2", "whsec")
    secrets.put("shared", {})
    clock.now += timedelta(seconds=59)
    with pytest.raises(ProviderRefused, match="no key for openai"):
        keys.key("openai", "other")


def test_secrets_are_not_read_for_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets, read = MemorySecrets({"shared": {"openai": "sk"}}), list[str]()
    get = secrets.get

    def counted(name: str) -> Any:
        read.append(name)
        return get(name)

    monkeypatch.setattr(secrets, "get", counted)
    keys = ProviderKeys(secrets, "shared", "own/", Clock())
    for _ in range(100):
        keys.key("openai", "acme")
    assert sorted(read) == ["own/acme", "shared"]


def test_deleted_keys_are_gone_at_once(keys: ProviderKeys) -> None:
    keys.set(SetProviderKey(tenant="acme", provider="openai", key="sk-acme"))
    assert [keys.forget("acme"), keys.forget("acme")] == [("openai",), ()]
    assert keys.key("openai", "acme") == "sk-shared"


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_calls_with_the_key_of_the_moment(
    name: str, emulator: ProviderEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", emulator.openai_base_url)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", emulator.anthropic_base_url)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.gemini_base_url)
    key = ["sk-first"]
    plugin: Any = providers.provider(name, lambda: key[0], 10)
    body = plugin.body(Prompt(plugin.default_model, ({"role": "user", "content": "Say hello"},), max_tokens=20))

    async def asked() -> None:
        await plugin.answer("1", body, 10)
        key[0] = "sk-second"
        await plugin.answer("2", body, 10)
        key[0] = "sk-invalid-third"
        with pytest.raises(ProviderRefused):
            await plugin.answer("3", body, 10)
        await plugin.close()

    asyncio.run(asked())


def test_without_any_key_the_provider_is_refused(keys: ProviderKeys) -> None:
    for name in ("gemini", "anthropic"):
        with pytest.raises(ProviderRefused, match=f"no key for {name}"):
            keys.key(name, "acme")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0) as running:
        yield running


def test_no_planted_key_shows_up_anywhere(
    emulator: ProviderEmulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The emulator quotes wrong keys in full, which is more than any real provider does."""
    monkeypatch.setenv("OPENAI_BASE_URL", emulator.openai_base_url)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", emulator.anthropic_base_url)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.gemini_base_url)
    caplog.set_level(logging.DEBUG)
    cloud, said, planted = FakeCloud(), [], []
    for number in range(PLANTED):
        good = number % 2
        planted.append(f"sk-{'good' if good else 'invalid'}-{secrets.token_urlsafe(24)}")
        said += tried(cloud, NAMES[number % 3], planted[-1], f"trial {number}")
    found = "\n".join([*said, caplog.text, items(cloud), *map(str, cloud.blobs.objects.values())])
    assert len(said) >= PLANTED // 2
    assert [key for key in planted if key in found] == []


def tried(cloud: FakeCloud, name: str, key: str, trial: str) -> list[str]:
    """A job with this key as far as it gets; what was raised on the way."""
    said: list[str] = []
    plugin: Any = providers.provider(name, lambda: key, 10)
    cloud = replace(cloud, plugins={"openai": plugin})
    job = planned(cloud, 2, trial)
    where: dict[str, Any] = {"tenant": job.tenant, "job": job.id, "shard": 0}
    try:
        submit(SubmitShard(**where, token="t"), cloud.backend)
        plugin.batch("batches/none" if name == "gemini" else "none")
    except FanfoldError as error:
        said.append("".join(traceback.format_exception(error)))
        failure = FailedLine(Error=type(error).__name__, Cause=json.dumps({"errorMessage": str(error)}))
        collect(CollectShard(**where, failure=failure), cloud.backend)
    return said


def items(cloud: FakeCloud) -> str:
    return "\n".join(map(str, cloud.table.items.values()))


def test_the_state_of_the_emulator_is_no_witness(emulator: ProviderEmulator) -> None:
    """It keeps digests only, or the search above would prove nothing about the product."""
    assert "sk-" not in json.dumps(emulator.stats())
