"""What is made of other files is current, and older and newer services can be read."""

from pathlib import Path

import pytest

from fanfold_client.models import Batch
from tools import client_models, client_sync


@pytest.mark.parametrize(
    ("made", "folder"),
    [(client_models.files, client_models.FOLDER), (client_sync.files, client_sync.SYNCHRONOUS)],
    ids=["models", "sync"],
)
def test_it_is_current(made, folder: Path) -> None:  # type: ignore[no-untyped-def]
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    assert there == made(), "run `make client`"


def test_what_a_newer_service_says_is_kept() -> None:
    newer = {"id": "b1", "state": "resting", "progress": {"total": 3, "dreamt": 1}, "mood": {"today": "fine"}}
    batch = Batch.model_validate(newer)
    assert batch.state == "resting"
    assert batch.model_dump()["mood"] == {"today": "fine"}
    assert batch.progress.model_dump()["dreamt"] == 1


def test_what_an_older_service_leaves_out_has_a_default() -> None:
    batch = Batch.model_validate({"id": "b1", "state": "running"})
    assert (batch.progress.total, batch.tokens.input, batch.tags, batch.lane) == (0, 0, [], None)


@pytest.mark.parametrize("lacking", ["id", "state"])
def test_an_answer_without_its_identity_is_refused(lacking: str) -> None:
    whole = {"id": "b1", "state": "running"}
    with pytest.raises(ValueError, match=lacking):
        Batch.model_validate({name: value for name, value in whole.items() if name != lacking})
