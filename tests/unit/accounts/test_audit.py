"""The audit log: written before a change, completed after it, never changed again."""

from datetime import UTC, datetime, timedelta

import pytest

from fanfold.accounts.audit import Act, Audit, AuditEntry, AuditRange
from fanfold.errors import Invalid
from tests.fakes.table import MemoryTable

ACT = Act(tenant="acme", who="0123456789abcdef", what="POST /v1/keys", request="r1", path="/v1/keys", source="10.0.0.1")


class Log:
    """An audit log and its clock."""

    def __init__(self) -> None:
        self.table, self.now = MemoryTable(), datetime(2026, 11, 30, 12, tzinfo=UTC)
        self.audit = Audit(self.table, lambda: self.now, retention_days=365)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def entries(self, tenant: str = "acme", **asked: object) -> list[AuditEntry]:
        return self.audit.page(tenant, AuditRange.model_validate(asked)).entries


@pytest.fixture
def log() -> Log:
    return Log()


def test_an_entry_is_there_before_its_end_and_gets_its_status_once(log: Log) -> None:
    place = log.audit.begin(ACT)
    assert [(entry.what, entry.status) for entry in log.entries()] == [("POST /v1/keys", None)]
    log.audit.end(place, 201, "/v1/keys/x")
    log.audit.end(place, 500)
    (entry,) = log.entries()
    assert (entry.who, entry.source, entry.status, entry.made) == (ACT.who, "10.0.0.1", 201, "/v1/keys/x")
    assert entry.at == "2026-11-30T12:00:00.000Z"


def test_denials_of_a_key_are_one_entry_a_minute(log: Log) -> None:
    for _ in range(3):
        log.audit.deny(ACT, 403)
        log.wait(10)
    log.audit.deny(ACT._replace(who="other"), 401)
    log.wait(60)
    log.audit.deny(ACT, 403)
    assert sorted((entry.who, entry.denied, entry.status) for entry in log.entries()) == [
        ("0123456789abcdef", 1, 403),
        ("0123456789abcdef", 3, 403),
        ("other", 1, 401),
    ]


def test_what_is_told_again_is_there_once(log: Log) -> None:
    for _ in range(2):
        log.audit.note(ACT._replace(who="drop", request="b1"), "2026-11-30T11:00:00.000Z", "/v1/batches/b1")
        log.wait(5)
    assert [(entry.at, entry.made) for entry in log.entries()] == [("2026-11-30T11:00:00.000Z", "/v1/batches/b1")]


def test_entries_are_read_newest_first_by_time_and_page(log: Log) -> None:
    for number in range(5):
        log.audit.begin(ACT._replace(request=f"r{number}"))
        log.wait(60)
    assert [entry.request for entry in log.entries()] == ["r4", "r3", "r2", "r1", "r0"]
    between = log.entries(since="2026-11-30T12:01:00Z", until="2026-11-30T12:03:00Z")
    assert [entry.request for entry in between] == ["r3", "r2", "r1"]
    first = log.audit.page("acme", AuditRange(limit=3))
    rest = log.audit.page("acme", AuditRange(limit=3, cursor=first.cursor))
    assert [entry.request for entry in (*first.entries, *rest.entries)] == ["r4", "r3", "r2", "r1", "r0"]


def test_a_tenant_sees_its_own_entries_alone(log: Log) -> None:
    log.audit.begin(ACT)
    log.audit.begin(ACT._replace(tenant="acme-2", request="r2"))
    assert [entry.request for entry in log.entries()] == ["r1"]
    cursor = None
    log.audit.begin(ACT._replace(request="r3"))
    cursor = log.audit.page("acme", AuditRange(limit=1)).cursor
    with pytest.raises(Invalid):
        log.audit.page("acme-2", AuditRange(limit=1, cursor=cursor))


def test_the_table_forgets_entries_when_the_operators_retention_is_over(log: Log) -> None:
    log.audit.begin(ACT)
    log.audit.deny(ACT, 403)
    ends = int((log.now + timedelta(days=365)).timestamp())
    assert [item["expires"] for item in log.table.items.values()] == [ends, ends]


def test_long_texts_are_cut(log: Log) -> None:
    log.audit.begin(ACT._replace(path="/" + "a" * 10_000, agent="b" * 10_000))
    (entry,) = log.entries()
    assert (len(entry.path), len(entry.agent)) == (512, 512)
