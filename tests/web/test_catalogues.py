"""The dashboard's texts: every one in every language, with the same gaps, and none that nobody says."""

import json
import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from fanfold import plugins
from fanfold.accounts.permissions import Role, Service
from fanfold.batches.model.batch import LaneName, Mode, Priority
from fanfold.batches.model.shard import ShardState
from fanfold.batches.model.waiting import Reason
from fanfold.batches.views import exports as batch_exports
from fanfold.batches.views.requests import Standing
from fanfold.forecasting import PRESETS, models
from fanfold.forecasting import exports as forecast_exports
from fanfold.forecasting.frequency import SPELLINGS
from fanfold.jobs.job import State
from fanfold.journal.entry import LogLevel
from fanfold.notify.delivery import DeliveryState
from fanfold.notify.kinds import EventKind
from fanfold.providers import Finish, names
from fanfold.quotas.usage import QuotaUsage
from fanfold.schedules.commands import SetWork
from fanfold.schedules.model import RunState
from fanfold.schedules.timing import Timing
from fanfold.stats.money import MoneyBy
from fanfold.writing import formats
from fanfold.writing.documents import DocumentState, Style
from fanfold.writing.job import WritingTask
from fanfold.writing.job_views import SectionView, Shown
from fanfold.writing.session_views import SessionView

SOURCE = Path(__file__).parents[2] / "web" / "src"
LANGUAGES = ("it", "es", "fr", "zh")
FORMS = {language: {"one", "other"} for language in ("en", "it", "es", "fr")} | {"zh": {"other"}}
WORDS = {
    "finish": list(Finish),
    "lane": list(LaneName),
    "level": list(LogLevel),
    "mode": list(Mode),
    "priority": list(Priority),
    "run": list(RunState),
    "dimension": get_args(MoneyBy),
    "every": get_args(Timing.model_fields["unit"].annotation),
    "provider": names(),
    "role": list(Role),
    "may": list(Role),
    "service": list(Service),
    "shard": list(ShardState),
    "delivery": list(DeliveryState),
    "document": list(DocumentState),
    "event": list(EventKind),
    "form": formats.names(),
    "section": get_args(SectionView.model_fields["state"].annotation),
    "session": get_args(SessionView.model_fields["state"].annotation),
    "state": list(State),
    "style": Style.model_fields,
    "task": list(WritingTask),
    "waiting": list(Reason),
    "writing-state": get_args(Shown),
    "status": get_args(Standing),
}
"""What the API says in one word, by the group of its texts."""
Text = str | dict[str, str]


@cache
def catalogue(language: str) -> dict[str, Text]:
    found: dict[str, Text] = json.loads((SOURCE / "i18n" / f"{language}.json").read_text(encoding="utf-8"))
    return found


def gaps(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_in_every_language(language: str) -> None:
    assert catalogue(language).keys() == catalogue("en").keys()


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_texts_have_the_same_gaps_and_the_plural_forms_of_their_language(language: str) -> None:
    for name, english in catalogue("en").items():
        text = catalogue(language)[name]
        if isinstance(english, str):
            assert isinstance(text, str), name
            assert gaps(text) == gaps(english), name
            continue
        assert isinstance(text, dict), name
        assert text.keys() == FORMS[language], name
        for form, words in text.items():  # `every day` needs no number
            assert gaps(words) | ({"n"} if form == "one" else set()) == gaps(english["other"]) | {"n"}, name


def test_every_text_is_used() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.ts*"))
    grouped = set(re.findall(r'\b(?:word|said)\(\s*"([\w-]+)"', code))
    unused = [name for name in catalogue("en") if f'"{name}"' not in code and name.split(".")[0] not in grouped]
    assert unused == []


@pytest.mark.parametrize("group", WORDS)
def test_what_the_api_calls_so_has_a_word(group: str) -> None:
    missing = [str(word) for word in WORDS[group] if f"{group}.{word}" not in catalogue("en")]  # type: ignore[attr-defined]
    assert missing == []


ALLOWED = ("providers", "models", "stored_at")
"""Of the quotas, those that are no figures."""
TABLES = [name for name in batch_exports.names() if hasattr(batch_exports.export(name), "parts")]
"""Forms of results for people; the others are for SDKs, or chosen by what a batch asks for."""
CHOICES = {
    ("forecasts/options.tsx", "PRESETS"): PRESETS,
    ("forecasts/options.tsx", "FREQUENCIES"): SPELLINGS,
    ("forecasts/options.tsx", "MODELS"): plugins.names(models.__name__),
    ("forecasts/one.tsx", "EXPORTS"): forecast_exports.names(),
    ("writing/job.tsx", "FORMATS"): formats.names(),
    ("batches/actions.tsx", "FORMATS"): ("jsonl", *TABLES),
    ("batches/options.tsx", "MODES"): list(Mode),
    ("batches/options.tsx", "PRIORITIES"): list(Priority),
    ("settings/schedule-fields.ts", "KINDS"): SetWork.model_fields,
    ("settings/schedule-fields.ts", "UNITS"): get_args(Timing.model_fields["unit"].annotation),
    ("money/groups.tsx", "DIMENSIONS"): get_args(MoneyBy),
    ("settings/new-key.tsx", "ROLES"): list(Role),
    ("settings/new-key.tsx", "SERVICES"): list(Service),
    ("settings/new-webhook.tsx", "KINDS"): [each for each in EventKind if each is not EventKind.TEST],
    ("settings/quotas.tsx", "QUOTAS"): [name for name in QuotaUsage.model_fields if name not in ALLOWED],
}
"""What somebody may choose on a page, by file and constant."""


@pytest.mark.parametrize(("file", "constant"), CHOICES)
def test_what_can_be_chosen_is_what_the_api_takes(file: str, constant: str) -> None:
    code = (SOURCE / "pages" / file).read_text(encoding="utf-8")
    found = re.search(rf"const {constant} = \[(.*?)\](?: as const)?;", code, re.DOTALL)
    assert found
    assert set(re.findall(r'"([^"]+)"', found[1])) == {str(each) for each in CHOICES[file, constant]}  # type: ignore[attr-defined]
