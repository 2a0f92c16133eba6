"""How a portfolio's file is read: as `fit` reads it, with all its options, and every decision kept as a record."""

from typing import Any

import pytest

from fanfold.errors import Invalid
from fanfold.forecasts.execution import CreateForecast
from fanfold.forecasts.job import ForecastJob
from tests.fakes.forecasts import FakePortfolios

MONTHS = [f"{2020 + at // 12}-{at % 12 + 1:02}" for at in range(36)]


def german(groups: str = ".") -> bytes:
    rows = [f"A;{month}-01;1{groups}{at:03}" for at, month in enumerate(MONTHS)]
    return ("sku;Buchungsdatum;Menge\n" + "\n".join(rows)).encode()


def run(cloud: FakePortfolios, body: bytes, **config: Any) -> ForecastJob:
    return cloud.run(cloud.create_from(cloud.upload(body), **config))


def test_what_was_decided_is_kept_as_records_and_shown_in_the_reports() -> None:
    cloud = FakePortfolios()
    job = run(cloud, german())
    [note] = [note for note in job.notes if note.code == "decimal_mark"]
    assert (note.column, note.option, note.certain) == ("Menge", "--decimal", False)
    assert note.evidence == "every cell has three digits behind the point"
    report = cloud.blobs.objects[f"{job.ref.folder}exports/1/html.html"].decode()
    assert note.detail in report
    assert "--decimal" in report


@pytest.mark.parametrize(
    ("body", "config", "first"),
    [
        (german(), {}, 1000),
        (german(), {"decimal": "."}, 1.0),
        (german().replace(b";", b"|"), {"delimiter": "|", "decimal": ","}, 1000),
        (b"about\n" + german(), {"header_row": 2}, 1000),
        (b"a;b;c\nd;e;f\n" + german(), {"skip_rows": 2}, 1000),
        (german().replace(b"Menge", b"m\xe4nge"), {"columns": {"value": "mänge"}, "encoding": "latin-1"}, 1000),
        (german() + b"\n" + b"A;2020-01-01;1.400", {"duplicates": "last"}, 1400),
        (german() + b"\n" + b"A;2020-01-01;1.400", {"duplicates": "mean"}, 1200),
    ],
)
def test_the_service_takes_every_option_of_reading(body: bytes, config: dict[str, Any], first: float) -> None:
    cloud = FakePortfolios()
    job = run(cloud, body, **config)
    assert job.error is None
    assert cloud.history(job, "A")[0] == first


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"encoding": "klingon"}, "encoding"),
        ({"end": "soon"}, "end"),
        ({"input_format": "odt"}, "input_format"),
    ],
)
def test_a_wrong_option_of_reading_is_named_before_anything_is_made(config: dict[str, Any], field: str) -> None:
    cloud = FakePortfolios()
    with pytest.raises(Invalid) as refused:
        cloud.create_from(cloud.upload(german()), **config)
    assert refused.value.flaws[0].field == field


WRONG = [{"decimal": ";"}, {"duplicates": "some"}, {"partial": "half"}, {"columns": {"colour": "x"}}, {"skip_rows": -1}]


@pytest.mark.parametrize("config", WRONG)
def test_an_option_that_can_not_be_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(config))):
        CreateForecast.model_validate({"upload": "x", **config})


@pytest.mark.parametrize(
    "series",
    [
        {"A": [1, 2, 3, 4] * 6, "B": [4, 3, 2, 1] * 6},
        {name: {f"{month}-01": 5 for month in MONTHS} for name in ("A", "B")},
        {name: {"values": [1.0] * 36, "dates": [f"{month}-01" for month in MONTHS]} for name in ("A", "B")},
        {
            "sku": {str(at): "AB"[at % 2] for at in range(72)},
            "date": {str(at): f"{MONTHS[at // 2]}-01" for at in range(72)},
            "qty": {str(at): at for at in range(72)},
        },
    ],
)
def test_a_mapping_is_a_portfolio(series: dict[str, Any]) -> None:
    cloud = FakePortfolios()
    job = cloud.run(cloud.create(series))
    assert set(cloud.records(job)) == {"A", "B"}


def test_a_mapping_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        FakePortfolios().create({"A": "many"})
    assert refused.value.flaws


def test_notes_from_before_they_were_records_are_still_read() -> None:
    job = ForecastJob.model_validate(
        {"tenant": "acme", "id": "f", "created_at": "2026-01-01T00:00:00Z", "fingerprint": "x", "correlation_id": "c"}
        | {"config": {}, "notes": ["a sentence"]}
    )
    assert (job.notes[0].code, job.notes[0].detail) == ("note", "a sentence")
