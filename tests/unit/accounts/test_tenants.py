"""Tenants and their keys."""

from hashlib import sha256

import pytest

from fanfold.accounts.tenants import Tenants
from fanfold.errors import Invalid, NotFound, Unauthorized
from fanfold.ports import Key
from tests.fakes.cloud import FakeCloud


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def tenants(cloud: FakeCloud) -> Tenants:
    return cloud.backend.tenants


def test_a_key_opens_for_its_tenant(tenants: Tenants) -> None:
    issued = tenants.issue_key("acme")
    assert issued.tenant == "acme"
    assert tenants.authorize(f"Bearer {issued.key}") == "acme"
    assert tenants.authorize(f"bearer   {issued.key} ") == "acme"


def test_a_tenant_may_have_several_keys(cloud: FakeCloud, tenants: Tenants) -> None:
    first = tenants.issue_key("acme")
    cloud.wait(60)
    second = tenants.issue_key("acme")
    assert first.key != second.key
    assert {tenants.authorize(f"Bearer {issued.key}") for issued in (first, second)} == {"acme"}
    assert tenants.get("acme").created_at == "2026-11-22T12:00:00.000Z"


def test_only_a_hash_is_kept(cloud: FakeCloud, tenants: Tenants) -> None:
    key = tenants.issue_key("acme").key
    assert Key("T#acme", f"KEY#{sha256(key.encode()).hexdigest()}") in cloud.table.items
    assert key not in str(cloud.table.items)


@pytest.mark.parametrize("name", ["a", "0", "acme-2", "a" * 32])
def test_names_of_tenants(tenants: Tenants, name: str) -> None:
    assert tenants.authorize(f"Bearer {tenants.issue_key(name).key}") == name


@pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "a#b", "a/b", "ä", "a\n", "a" * 33, None, 7])
def test_names_of_no_tenants(tenants: Tenants, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        tenants.issue_key(name)
    assert refused.value.flaws[0].field == "tenant"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (None, "send your key"),
        ("", "send your key"),
        ("Bearer", "not of the form"),
        ("Bearer ", "not of the form"),
        ("Bearer sk-something", "not of the form"),
        ("Bearer ff_acme_short", "not of the form"),
        ("Bearer ff_ACME_" + "x" * 43, "not of the form"),
        ("Bearer ff_acme_" + "x" * 44, "not of the form"),
        ("Basic ff_acme_" + "x" * 43, "not of the form"),
        ("ff_acme_" + "x" * 43, "not of the form"),
        ("Bearer ff_acme_" + "x" * 43, "nobody has this key"),
    ],
)
def test_a_wrong_key_is_told_what_is_wrong(tenants: Tenants, header: str | None, said: str) -> None:
    tenants.issue_key("acme")
    with pytest.raises(Unauthorized, match=said) as refused:
        tenants.authorize(header)
    assert refused.value.flaws[0].field == "Authorization"


def test_a_key_of_one_tenant_does_not_open_for_another(tenants: Tenants) -> None:
    """The name in a key is where it is looked up, so it can't be changed."""
    key = tenants.issue_key("acme").key
    tenants.issue_key("other")
    with pytest.raises(Unauthorized):
        tenants.authorize("Bearer " + key.replace("ff_acme_", "ff_other_"))


def test_a_tenant_that_there_is_not_is_not_found(tenants: Tenants) -> None:
    with pytest.raises(NotFound, match="acme"):
        tenants.get("acme")
