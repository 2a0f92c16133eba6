"""Tenants: who may use a deployment."""

import pytest

from fanfold.accounts.tenants import Tenants
from fanfold.errors import Conflict, Forbidden, Invalid, NotFound
from tests.fakes.cloud import FakeCloud


@pytest.fixture
def tenants() -> Tenants:
    return FakeCloud().backend.tenants


@pytest.mark.parametrize("name", ["a", "0", "acme-2", "a" * 32])
def test_names_of_tenants(tenants: Tenants, name: str) -> None:
    assert tenants.create(name).name == name == tenants.get(name).name


@pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "a#b", "a/b", "ä", "a\n", "a" * 33, None, 7])
def test_names_of_no_tenants(tenants: Tenants, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        tenants.create(name)
    assert refused.value.flaws[0].field == "tenant"


def test_a_tenant_is_made_once(tenants: Tenants) -> None:
    tenants.create("acme")
    with pytest.raises(Conflict, match="already"):
        tenants.create("acme")


def test_tenants_are_listed_by_name(tenants: Tenants) -> None:
    for name in ("b", "a", "c"):
        tenants.create(name)
    assert [tenant.name for tenant in tenants.all()] == ["a", "b", "c"]


def test_a_tenant_that_there_is_not_is_not_found(tenants: Tenants) -> None:
    with pytest.raises(NotFound, match="acme"):
        tenants.get("acme")


def test_a_suspended_tenant_is_not_let_in(tenants: Tenants) -> None:
    tenants.create("acme")
    assert tenants.admit("acme").suspended_at is None
    tenants.suspend("acme", suspended=True)
    with pytest.raises(Forbidden, match="suspended"):
        tenants.admit("acme")
    assert [tenant.suspended_at is None for tenant in tenants.all()] == [False]
    tenants.suspend("acme", suspended=False)
    assert tenants.admit("acme")


def test_nobody_is_not_suspended(tenants: Tenants) -> None:
    with pytest.raises(NotFound):
        tenants.suspend("nobody", suspended=True)
    with pytest.raises(NotFound):
        tenants.get("nobody")
