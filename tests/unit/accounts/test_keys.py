"""API keys: issued, limited, expired, rotated with an overlap, revoked at once."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from fanfold.accounts.keys import ApiKeys, CreateKey, Identity, RotateKey
from fanfold.accounts.permissions import Role, Service
from fanfold.clock import stamp
from fanfold.errors import Conflict, Invalid, NotFound, Unauthorized
from fanfold.events import KeyExpiring
from fanfold.outbox import Outbox
from fanfold.ports import Key
from tests.fakes.cloud import FakeCloud


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def keys(cloud: FakeCloud) -> ApiKeys:
    tenants = cloud.backend.tenants
    for name in ("acme", "other"):
        tenants.create(name)
    return ApiKeys(cloud.table, tenants, cloud.backend.clock)


def wanted(**given: Any) -> CreateKey:
    return CreateKey.model_validate({"name": "ci"} | given)


def opens(keys: ApiKeys, text: str) -> Identity:
    return keys.authorize(f"Bearer {text}")


def test_a_key_opens_for_its_tenant_with_its_role_and_scopes(keys: ApiKeys) -> None:
    issued = keys.issue("acme", wanted(role="viewer", scopes=["batches"]))
    assert opens(keys, issued.key) == Identity(
        tenant="acme", key_id=issued.id, role=Role.VIEWER, scopes=(Service.BATCHES,)
    )
    assert keys.authorize(f"bearer   {issued.key} ").tenant == "acme"
    assert Identity.from_context(opens(keys, issued.key).context()) == opens(keys, issued.key)


def test_only_a_hash_is_kept(cloud: FakeCloud, keys: ApiKeys) -> None:
    text = keys.issue("acme", wanted()).key
    assert Key("K#acme", f"KEY#{sha256(text.encode()).hexdigest()}") in cloud.table.items
    assert text not in str(cloud.table.items)


def test_the_day_of_its_last_use_is_noted_once_a_day(cloud: FakeCloud, keys: ApiKeys) -> None:
    issued = keys.issue("acme", wanted())
    assert next(keys.all("acme")).last_used_on is None
    opens(keys, issued.key)
    assert next(keys.all("acme")).last_used_on == "2026-11-22"
    cloud.wait(86_400)
    opens(keys, issued.key)
    assert next(keys.all("acme")).last_used_on == "2026-11-23"


def test_a_key_expires(cloud: FakeCloud, keys: ApiKeys) -> None:
    issued = keys.issue("acme", wanted(expires_at=stamp(cloud.backend.clock() + timedelta(hours=1))))
    cloud.wait(3599)
    assert opens(keys, issued.key)
    cloud.wait(2)
    with pytest.raises(Unauthorized, match="expired"):
        opens(keys, issued.key)
    assert list(keys.all("acme")) == []


def test_a_time_that_has_passed_is_refused(cloud: FakeCloud, keys: ApiKeys) -> None:
    with pytest.raises(Invalid) as refused:
        keys.issue("acme", wanted(expires_at=stamp(cloud.backend.clock())))
    assert refused.value.flaws[0].field == "expires_at"


def test_a_rotated_key_opens_until_the_overlap_is_over(cloud: FakeCloud, keys: ApiKeys) -> None:
    old = keys.issue("acme", wanted(role="viewer", scopes=["logs"]))
    new = keys.rotate("acme", old.id, RotateKey(overlap_hours=2))
    assert (new.name, new.role, new.scopes) == (old.name, old.role, old.scopes)
    cloud.wait(7199)
    assert opens(keys, old.key)
    assert opens(keys, new.key)
    cloud.wait(2)
    with pytest.raises(Unauthorized):
        opens(keys, old.key)
    assert opens(keys, new.key)


def test_a_rotation_prolongs_no_key(cloud: FakeCloud, keys: ApiKeys) -> None:
    ends = stamp(cloud.backend.clock() + timedelta(hours=1))
    old = keys.issue("acme", wanted(expires_at=ends))
    new = keys.rotate("acme", old.id, RotateKey(overlap_hours=24))
    assert {key.expires_at for key in keys.all("acme")} == {ends} == {new.expires_at}


def test_a_revoked_key_opens_no_more(keys: ApiKeys) -> None:
    issued, kept = keys.issue("acme", wanted()), keys.issue("acme", wanted(name="kept"))
    keys.revoke("acme", issued.id)
    with pytest.raises(Unauthorized, match="nobody has this key"):
        opens(keys, issued.key)
    assert [key.id for key in keys.all("acme")] == [kept.id]


def test_the_last_key_of_an_owner_stays(keys: ApiKeys) -> None:
    first = keys.issue("acme", wanted(role="owner"))
    with pytest.raises(Conflict, match="last key of an owner"):
        keys.revoke("acme", first.id)
    keys.issue("acme", wanted(role="owner"))
    keys.revoke("acme", first.id)


@pytest.mark.parametrize("id", ["", "x", "0" * 16, "0" * 64])
def test_no_such_key(keys: ApiKeys, id: str) -> None:
    keys.issue("acme", wanted())
    with pytest.raises(NotFound):
        keys.revoke("acme", id)
    with pytest.raises(NotFound):
        keys.rotate("acme", id, RotateKey())


def test_a_tenant_does_not_see_or_change_anothers_keys(keys: ApiKeys) -> None:
    issued = keys.issue("acme", wanted())
    assert list(keys.all("other")) == []
    with pytest.raises(NotFound):
        keys.revoke("other", issued.id)
    with pytest.raises(Unauthorized, match="nobody has this key"):
        opens(keys, issued.key.replace("ff_acme_", "ff_other_"))


def test_a_suspended_tenants_keys_do_not_open_not_even_new_ones(cloud: FakeCloud, keys: ApiKeys) -> None:
    before = keys.issue("acme", wanted())
    other = keys.issue("other", wanted())
    cloud.backend.tenants.suspend("acme", suspended=True)
    issued = [before, keys.issue("acme", wanted()), keys.rotate("acme", before.id, RotateKey())]
    for key in issued:
        with pytest.raises(Unauthorized, match="suspended"):
            opens(keys, key.key)
    assert opens(keys, other.key)
    cloud.backend.tenants.suspend("acme", suspended=False)
    assert all(opens(keys, key.key) for key in issued)


def test_the_table_may_forget_a_key_a_day_after_it_expired(cloud: FakeCloud, keys: ApiKeys) -> None:
    ends = cloud.backend.clock() + timedelta(hours=1)
    first, lasting = keys.issue("acme", wanted(expires_at=stamp(ends))), keys.issue("acme", wanted())
    assert forgotten(cloud, first.key) == int((ends + timedelta(days=1)).timestamp())
    assert forgotten(cloud, lasting.key) is None
    keys.rotate("acme", lasting.id, RotateKey(overlap_hours=2))
    assert forgotten(cloud, lasting.key) == int((cloud.now + timedelta(hours=26)).timestamp())


def forgotten(cloud: FakeCloud, text: str) -> object:
    item = cloud.table.items[Key("K#acme", f"KEY#{sha256(text.encode()).hexdigest()}")]
    return item.get("expires")


def test_a_key_of_nobody_is_not_issued(keys: ApiKeys) -> None:
    with pytest.raises(NotFound):
        keys.issue("nobody", wanted())


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
def test_a_wrong_key_is_told_what_is_wrong(keys: ApiKeys, header: str | None, said: str) -> None:
    keys.issue("acme", wanted())
    with pytest.raises(Unauthorized, match=said) as refused:
        keys.authorize(header)
    assert refused.value.flaws[0].field == "Authorization"


class TestKeysOfBefore:
    """They lay among the tenant's other items."""

    @pytest.fixture
    def text(self, cloud: FakeCloud, keys: ApiKeys) -> str:
        text = keys.issue("acme", wanted(role="owner")).key
        hashed = f"KEY#{sha256(text.encode()).hexdigest()}"
        item = cloud.table.items.pop(Key("K#acme", hashed))
        cloud.table.items[Key("T#acme", hashed)] = item | {"pk": "T#acme"}
        return text

    def test_one_opens_and_is_moved_once(self, cloud: FakeCloud, keys: ApiKeys, text: str) -> None:
        assert [opens(keys, text).role for _ in range(2)] == [Role.OWNER] * 2
        assert Key("K#acme", f"KEY#{sha256(text.encode()).hexdigest()}") in cloud.table.items
        assert len(list(keys.all("acme"))) == 1

    def test_one_that_is_not_moved_is_listed_rotated_and_revoked(self, keys: ApiKeys, text: str) -> None:
        [key] = keys.all("acme")
        new = keys.rotate("acme", key.id, RotateKey(overlap_hours=1))
        assert opens(keys, text).key_id == key.id
        keys.revoke("acme", key.id)
        with pytest.raises(Unauthorized):
            opens(keys, text)
        assert opens(keys, new.key).tenant == "acme"

    def test_one_that_was_moved_and_revoked_opens_no_more(self, keys: ApiKeys, text: str) -> None:
        keys.issue("acme", wanted(role="owner"))
        keys.revoke("acme", opens(keys, text).key_id)
        for _ in range(2):
            with pytest.raises(Unauthorized):
                opens(keys, text)

    def test_they_go_with_their_tenant(self, keys: ApiKeys, text: str) -> None:
        assert keys.forget("acme") == 1
        with pytest.raises(Unauthorized):
            opens(keys, text)


@pytest.mark.parametrize("day", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_no_key_ends_at_the_edge_of_the_calendar(day: str) -> None:
    with pytest.raises(ValueError, match="year"):
        wanted(expires_at=day)


def test_no_mark_turns_the_name_of_a_key() -> None:
    with pytest.raises(ValueError, match="pattern"):
        wanted(name="a\u202eb")


class TestReminders:
    """It is told in time that a key expires."""

    def due(self, cloud: FakeCloud) -> list[str]:
        outbox = Outbox(cloud.table, lambda: cloud.now)
        return [KeyExpiring.model_validate_json(noted.detail).key for noted in outbox.due()]

    def test_seven_days_before_its_end(self, cloud: FakeCloud, keys: ApiKeys) -> None:
        key = keys.issue("acme", wanted(expires_at=cloud.now + timedelta(days=30)))
        keys.issue("acme", wanted())
        cloud.wait(22.9 * 86_400)
        assert self.due(cloud) == []
        cloud.wait(0.2 * 86_400)
        assert self.due(cloud) == [key.id]
        [noted] = Outbox(cloud.table, lambda: cloud.now).due()
        assert KeyExpiring.model_validate_json(noted.detail).at == stamp(cloud.now - timedelta(days=0.1))

    def test_after_half_of_a_short_life(self, cloud: FakeCloud, keys: ApiKeys) -> None:
        key = keys.issue("acme", wanted(expires_at=cloud.now + timedelta(hours=2)))
        assert self.due(cloud) == []
        cloud.wait(3601)
        assert self.due(cloud) == [key.id]

    def test_not_of_a_key_that_is_gone_or_replaced(self, cloud: FakeCloud, keys: ApiKeys) -> None:
        ends = cloud.now + timedelta(days=30)
        owner, revoked, old = (
            keys.issue("acme", wanted(role="owner")),
            keys.issue("acme", wanted(expires_at=ends)),
            keys.issue("acme", wanted(expires_at=ends)),
        )
        keys.revoke("acme", revoked.id)
        new = keys.rotate("acme", old.id, RotateKey())
        cloud.wait(25 * 86_400)
        assert self.due(cloud) == [new.id]
        assert owner.id not in self.due(cloud)
