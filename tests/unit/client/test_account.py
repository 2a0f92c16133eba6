"""What a tenant may use, and who did what in it."""

import httpx

from tests.unit.client.conftest import Run
from tests.unit.client.service import CREATED, Service


def test_quotas_are_shown_with_what_is_used_of_them(run: Run, service: Service) -> None:
    said = {"open_jobs": {"limit": 3, "used": 1}, "models": ["openai/*"]}
    service.faults = [httpx.Response(200, json=said)]
    ran = run("usage")
    assert service.said == ["GET /v1/usage"]
    assert "\nopen_jobs\t3\t1\t\n" in ran.out
    assert ran.out.endswith("\nmodels\topenai/*\n")


def test_the_audit_log_is_read_page_by_page(run: Run, service: Service) -> None:
    rows = [{"at": CREATED, "who": "k1", "what": what, "status": 202} for what in ("POST /v1/batches", "GET /v1/dlq")]
    pages = [{"entries": rows[:1], "cursor": "next"}, {"entries": rows[1:], "cursor": None}]
    service.faults = [httpx.Response(200, json=page) for page in pages]
    ran = run("audit", "--all", "--since", "2026-11-01T00:00Z")
    assert [line.split("\t")[2] for line in ran.out.splitlines()] == ["POST /v1/batches", "GET /v1/dlq"]
    assert [call.url.params.get("cursor") for call in service.calls] == [None, "next"]
    assert service.calls[1].url.params["since"] == "2026-11-01T00:00Z"
