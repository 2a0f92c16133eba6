"""Kinds of events: each has a stable name, an id that does not change, and an example in the docs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fanfold.events import EVENTS, TenantEvent
from fanfold.jobs.events import JobEnded
from fanfold.notify.kinds import FIELDS, TOLD, EventKind, EventPayload, read
from tests.fakes.notify import FakeNotify

PAGE = (Path(__file__).parents[3] / "docs/events.md").read_text()
EXAMPLES: dict[str, dict[str, Any]] = {
    example["type"]: example for example in map(json.loads, re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL))
}


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_an_example_that_is_such_an_event(kind: EventKind) -> None:
    example = EXAMPLES[kind]
    assert f"### {kind}\n" in PAGE
    said = example["data"] | {"tenant": example["tenant"], "at": example["timestamp"]}
    models: tuple[type[TenantEvent], ...] = (*EVENTS, JobEnded)
    events = [model.model_validate(said) for model in models if model.model_fields.keys() >= said.keys()]
    assert example in [EventPayload.of(event).model_dump(mode="json") for event in events if event.event_kind == kind]


def test_there_are_no_other_examples() -> None:
    assert EXAMPLES.keys() == set(EventKind)


def test_names_on_the_bus_are_each_of_one_model() -> None:
    assert len(TOLD) == len(EVENTS) + 1
    with pytest.raises(KeyError):
        read("Something else", {})


def test_an_id_changes_with_what_it_is_about_and_with_nothing_else() -> None:
    cloud = FakeNotify()
    one = cloud.ended()
    assert one.event_id == cloud.ended(total=5, error="other", callback_url="https://x.example.com").event_id
    assert re.fullmatch(r"evt_[0-9a-z]{26}", one.event_id)
    others = [
        cloud.ended("b2"),
        cloud.ended(round=2),
        cloud.ended(state="failed"),
        cloud.ended(tenant="other"),
        cloud.ended(at="2026-11-23T00:00:00.000Z"),
    ]
    assert len({one.event_id, *(each.event_id for each in others)}) == 6


def test_filters_know_every_field_and_nothing_that_is_not_told() -> None:
    assert {"job", "tags", "stream", "percent"} <= FIELDS
    assert not {"tenant", "callback_url", "at"} & FIELDS
