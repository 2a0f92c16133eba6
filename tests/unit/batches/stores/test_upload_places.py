"""Places for files that are still to be sent: an hour, once, and each its tenant's."""

from datetime import UTC, datetime, timedelta

import pytest

from fanfold.batches.stores.upload_places import UploadPlace, UploadPlaces
from fanfold.errors import NotFound
from tests.fakes.table import MemoryTable

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_a_place_is_filled_once_by_who_knows_its_name() -> None:
    places = UploadPlaces(MemoryTable(), lambda: NOW)
    name = places.make("acme", UploadPlace(name="a.jsonl", mime_type="jsonl"))
    assert places.get("acme", name) == UploadPlace(name="a.jsonl", mime_type="jsonl")
    for tenant, other in (("other", name), ("acme", name[:-1])):
        with pytest.raises(NotFound, match="no such upload"):
            places.get(tenant, other)
    places.filled("acme", name)
    with pytest.raises(NotFound, match="no such upload"):
        places.get("acme", name)
    with pytest.raises(NotFound, match="no such upload"):
        places.filled("acme", name)


def test_a_place_lasts_an_hour() -> None:
    table, now = MemoryTable(), [NOW]
    places = UploadPlaces(table, lambda: now[0])
    name = places.make("acme", UploadPlace())
    now[0] += timedelta(hours=1)
    assert places.get("acme", name) == UploadPlace()
    now[0] += timedelta(seconds=1)
    with pytest.raises(NotFound, match="an hour ago"):
        places.get("acme", name)
    [item] = table.items.values()
    assert item["expires"] == int((NOW + timedelta(hours=1)).timestamp())
