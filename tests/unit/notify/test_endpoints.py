"""Endpoints: what they want, who may be one, and their secrets."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from fanfold.errors import Conflict, Invalid, NotFound
from fanfold.notify.endpoint import CALLBACKS, ChangeEndpoint, CreateEndpoint, RotateSecret
from fanfold.notify.endpoints import MOST_ENDPOINTS
from fanfold.notify.kinds import EventPayload
from tests.fakes.notify import URL, FakeNotify


@pytest.fixture
def cloud() -> FakeNotify:
    return FakeNotify()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, True),
        ({"kinds": ["batch.completed"]}, True),
        ({"kinds": ["batch.failed", "forecast.completed"]}, False),
        ({"filters": {"tags": ["nightly", "weekly"]}}, True),
        ({"filters": {"tags": ["monthly"]}}, False),
        ({"filters": {"tags": ["nightly"], "job": ["b2"]}}, False),
        ({"filters": {"failed": ["0"]}}, True),
        ({"filters": {"error": ["None"]}}, False),
    ],
)
def test_an_endpoint_is_told_what_it_wants(cloud: FakeNotify, wanted: dict[str, Any], told: bool) -> None:
    cloud.endpoint(**wanted)
    (endpoint,) = cloud.backend.endpoints.all("acme")
    assert endpoint.wants(EventPayload.of(cloud.ended(tags=("nightly",)))) is told


@pytest.mark.parametrize(
    "wanted",
    [
        {"url": ""},
        {"url": "https://" + "a" * 2048 + ".example.com"},
        {"kinds": ["batch.exploded"]},
        {"filters": {"colour": ["red"]}},
        {"filters": {"tags": []}},
        {"description": "two\nlines"},
        {"secret": "mine"},
    ],
)
def test_what_can_be_no_endpoint_is_refused(wanted: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CreateEndpoint.model_validate({"url": URL} | wanted)


def test_an_address_inside_is_refused_by_name_of_the_field(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    inside = ChangeEndpoint(url="https://127.0.0.1/")
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: cloud.endpoint("https://169.254.169.254/latest/meta-data"),
        lambda: cloud.backend.endpoints.change("acme", made.id, inside),
    )
    for attempt in attempts:
        with pytest.raises(Invalid) as refused:
            attempt()
        assert refused.value.flaws[0].field == "url"


def test_a_filter_that_a_kind_could_never_pass_is_refused(cloud: FakeNotify) -> None:
    with pytest.raises(Invalid, match=r"budget\.reached has no 'tags'") as refused:
        cloud.endpoint(kinds=["batch.completed", "budget.reached"], filters={"tags": ["nightly"]})
    assert refused.value.flaws[0].field == "filters.tags"
    made = cloud.endpoint(kinds=["batch.completed"], filters={"tags": ["nightly"]})
    for wanted in ({"kinds": ["log.error_spike"]}, {"filters": {"stream": ["shop"]}}):
        with pytest.raises(Invalid):
            cloud.backend.endpoints.change("acme", made.id, ChangeEndpoint.model_validate(wanted))
    both = {"kinds": ["log.error_spike"], "filters": {"stream": ["shop"]}}
    changed = cloud.backend.endpoints.change("acme", made.id, ChangeEndpoint.model_validate(both))
    assert changed.filters == {"stream": ("shop",)}


def test_a_secret_is_shown_once_and_lies_apart(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    assert len(b64decode(made.secret.removeprefix("whsec_"))) == 32
    assert [key for key, item in cloud.table.items.items() if made.secret in str(item)] == [("W#acme", made.id)]
    assert made.secret not in cloud.backend.endpoints.get("acme", made.id).model_dump_json()


def test_an_endpoint_is_changed_field_by_field(cloud: FakeNotify) -> None:
    made = cloud.endpoint(kinds=["batch.failed"], description="ops")
    changed = cloud.backend.endpoints.change("acme", made.id, ChangeEndpoint(url="https://new.example.com"))
    assert (changed.url, changed.kinds, changed.description) == (
        "https://new.example.com",
        ("batch.failed",),
        "ops",
    )
    assert cloud.backend.endpoints.change("acme", made.id, ChangeEndpoint(kinds=frozenset())).kinds == ()
    with pytest.raises(ValidationError):
        ChangeEndpoint.model_validate({})
    for tenant, id in (("other", made.id), ("acme", "wh_none")):
        with pytest.raises(NotFound):
            cloud.backend.endpoints.change(tenant, id, ChangeEndpoint(description="x"))


def test_endpoints_are_limited_and_can_be_deleted(cloud: FakeNotify) -> None:
    made = [cloud.endpoint() for _ in range(MOST_ENDPOINTS)]
    with pytest.raises(Conflict):
        cloud.endpoint()
    cloud.backend.endpoints.remove("acme", made[0].id)
    assert len(list(cloud.backend.endpoints.all("acme"))) == MOST_ENDPOINTS - 1
    with pytest.raises(NotFound):
        cloud.backend.endpoints.rotate("acme", made[0].id, RotateSecret())


def test_all_secrets_of_a_tenant_can_be_forgotten(cloud: FakeNotify) -> None:
    cloud.endpoint()
    cloud.endpoint(tenant="other")
    cloud.backend.endpoints.rotate("acme", CALLBACKS, RotateSecret())
    assert cloud.backend.endpoints.forget("acme") == 2
    assert {key.pk for key in cloud.table.items if key.pk.startswith("W#")} == {"W#other"}
