"""Rows in, rows with answers out."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fanfold_client import Fanfold, Refused
from tests.unit.client.service import Service

ROWS: list[dict[str, Any]] = [{"custom_id": "x", "text": "a"}, {"custom_id": "x", "text": "b"}, {"text": "c"}]


def answers(service: Service, *found: dict[str, Any]) -> None:
    service.objects["results"] = b"".join(json.dumps(each).encode() + b"\n" for each in found)


def test_rows_come_back_in_their_order_with_what_became_of_them(service: Service, fanfold: Fanfold) -> None:
    failed = {"custom_id": "row-000000002", "status": "failed", "output": None, "error": {"kind": "filtered"}}
    right = {"custom_id": "row-000000000", "status": "succeeded", "output": "A", "finish_reason": "stop", "usage": {}}
    answers(service, failed, right)
    found = fanfold.map(ROWS, template="Say {text}", model="o3")
    plain = {"output": "A", "status": "succeeded", "error": None, "finish_reason": "stop"}
    assert found[0] == ROWS[0] | plain
    assert [row["status"] for row in found] == ["succeeded", "rejected", "failed"]
    assert [row["text"] for row in found] == ["a", "b", "c"]
    (body,) = service.bodies.values()
    assert (body["template"], body["model"], body["id_column"]) == ("Say {text}", "o3", "fanfold_row")
    assert body["requests"][1] == ROWS[1] | {"fanfold_row": "row-000000001"}


def test_the_same_rows_are_the_same_batch(service: Service, fanfold: Fanfold) -> None:
    answers(service)
    fanfold.map(ROWS, template="Say {text}")
    fanfold.map(ROWS, template="Say {text}")
    assert len(service.bodies) == 1
    fanfold.map(ROWS, template="Tell {text}")
    fanfold.map(ROWS[:2], template="Say {text}")
    assert len(service.bodies) == 3


def test_rows_too_many_for_a_body_are_sent_once(service: Service, fanfold: Fanfold, tmp_path: Path) -> None:
    many = [{"text": "x" * 1000} for _ in range(4500)]
    answers(service)
    for _ in range(2):
        found = fanfold.map(many, template="{text}", remember=tmp_path)
        assert len(found) == 4500
    assert [len(body) for name, body in service.objects.items() if name != "results"] != []
    assert len(service.bodies) == 1
    assert sum(call.url.path.endswith("/uploads") for call in service.calls) == 1


def test_what_json_does_not_have_is_sent_as_text(service: Service, fanfold: Fanfold) -> None:
    answers(service)
    fanfold.map([{"day": date(2026, 1, 2), "amount": float("nan"), "tags": ["a"]}], template="{day}")
    (body,) = service.bodies.values()
    assert body["requests"] == [{"day": "2026-01-02", "amount": None, "tags": ["a"], "fanfold_row": "row-000000000"}]


def test_no_rows_are_no_batch(service: Service, fanfold: Fanfold) -> None:
    assert fanfold.map([]) == []
    assert service.calls == []


def test_a_batch_that_failed_is_an_error(service: Service, fanfold: Fanfold) -> None:
    service.states = ["failed"]
    with pytest.raises(Refused, match="failed"):
        fanfold.map(ROWS, template="Say {text}")


def test_frames_are_rows_too(service: Service, fanfold: Fanfold) -> None:
    pandas = pytest.importorskip("pandas")
    answers(service, {"custom_id": "row-000000001", "status": "succeeded", "output": "B"})
    found = fanfold.map(pandas.DataFrame({"text": ["a", "b"], "n": [1, 2]}), template="{text}").to_pandas()
    assert found["output"][1] == "B"
    assert list(found["n"]) == [1, 2]
