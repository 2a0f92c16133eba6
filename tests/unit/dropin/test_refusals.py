"""Limits in other SDKs' words: a rate is worth waiting for, a quota that is used up is not."""

import pytest

from fanfold.dropin.anthropic import problems as anthropic
from fanfold.dropin.gemini import problems as gemini
from fanfold.dropin.openai import problems as openai
from fanfold.errors import SOON, Busy, QuotaExceeded


@pytest.mark.parametrize(
    ("refused", "kind", "code"),
    [
        (QuotaExceeded("a day's", SOON + 1, field="requests_per_day"), "insufficient_quota", "insufficient_quota"),
        (QuotaExceeded("a minute's", SOON), "requests", "rate_limit_exceeded"),
        (Busy("it is full", SOON), "requests", "rate_limit_exceeded"),
        (Busy("it is very full", SOON + 1), "requests", "rate_limit_exceeded"),
    ],
)
def test_limits_have_openais_codes(refused: Busy, kind: str, code: str) -> None:
    error = openai.document(refused)["error"]
    assert (error["type"], error["code"], error["message"]) == (kind, code, refused.detail)


def test_limits_have_the_others_types() -> None:
    refused = QuotaExceeded("a day's", 3600, field="requests_per_day")
    assert (anthropic.status(refused), gemini.status(refused)) == (429, 429)
    assert anthropic.document(refused, "r")["error"] == {"type": "rate_limit_error", "message": "a day's"}
    error = gemini.document(refused)["error"]
    assert (error["status"], error["details"][0]["retryDelay"]) == ("RESOURCE_EXHAUSTED", "3600s")
