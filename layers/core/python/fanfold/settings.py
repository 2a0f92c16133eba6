"""What a deployment sets, read once from the environment by `entrance.py`."""

import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fanfold.errors import Misconfigured

MEBI = 1024 * 1024


class Rate(BaseModel):
    """What a provider takes in a minute. What it really takes shows in how often it says that it was too much."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: int = Field(default=1_000, ge=1)
    tokens: int = Field(default=1_000_000, ge=1)


class Settings(BaseModel):
    """Names of the deployment's resources, and the limits an operator may change.

    The fields of `VARIABLES` are environment variables of their names in upper case, which the template gives to the
    functions that read them. All others are in one variable, the template's parameter `Settings`: a JSON object.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    deployment: str = ""
    """The stack's name, which its events carry."""
    table_name: str = ""
    bucket_name: str = ""
    start_function: str = ""
    removal_function: str = ""
    export_function: str = ""
    journal_export_function: str = ""
    high_work_queue_url: str = ""
    normal_work_queue_url: str = ""
    low_work_queue_url: str = ""
    refused_observations_queue_url: str = ""
    batch_machine_arn: str = ""
    forecast_machine_arn: str = ""
    schedule_group: str = ""
    schedule_role_arn: str = ""
    schedule_function_arn: str = ""
    provider_keys_secret: str = ""
    tenant_keys_prefix: str = ""
    """What the names of the secrets with tenants' own provider keys begin with."""
    journal_table_name: str = ""
    webhook_hosts: tuple[str, ...] = ()
    """Hosts that webhooks may call although they are inside, or without TLS; none but in a local stack."""
    version: str = "0.1.0"

    max_body_bytes: int = 4 * MEBI
    """What an API body may hold; JSON escaping inside the Lambda event makes more than this dishonest."""
    max_upload_bytes: int = 512 * MEBI
    chunk_requests: int = 1250
    """Requests in one chunk object, at most."""
    realtime_chunk_requests: int = 100
    """The same in the real-time lane, where a chunk is what a worker has at a time."""
    chunk_bytes: int = 8 * MEBI
    chunk_series: int = 1000
    """Series in one chunk object, usually."""
    max_portfolio_series: int = 150_000
    """Series of one portfolio: the last step has to write their exports within its time."""
    forecast_concurrency: int = 40
    """Chunks of a portfolio that are fitted at a time, at most."""
    series_price_microusd: float = 0.5
    """What a series' forecast is taken to cost, in millionths of a dollar, when a portfolio's cost is limited."""
    link_seconds: int = 3600
    """How long a presigned link works."""
    provider_timeout_seconds: float = 60
    """How long one call to a provider may take; a submit that died is left alone for as long."""
    batch_promise_seconds: int = 24 * 3600
    """By when a provider's Batch API has answered: for a deadline nearer than this, `auto` asks in real time."""
    few_requests: int = 100
    """So many requests without a deadline `auto` asks in real time, because somebody waits for them."""
    failover_margin_seconds: int = 6 * 3600
    """How long before its deadline, or the end of a day, a batch that does not move is taken for stuck."""
    fallback_after_seconds: float = 30
    """How long a model may be down before the fallback is asked that its batch allows."""
    stuck_after_seconds: int = 12 * 3600
    """How long a batch at a provider may show no progress before it is reported as stuck."""
    max_mishaps: int = 5
    """How many executions of a job may end by accident before it is given up."""
    retention_days: int = 30
    """How long a job is kept after its end, or a draft after its beginning."""
    price_overrides: dict[str, dict[str, Any]] = {}
    """An operator's own prices: `{"openai/gpt-5.4-mini": {"input_usd": 0.75, "output_usd": 4.5}}`."""
    provider_urls: dict[str, str] = {}
    """Where providers are, if not where their SDKs look."""
    max_document_bytes: int = 32 * MEBI
    """What a document that a writing session learns from may have."""
    answer_seconds: float = 300
    """How long a model may take for one answer of a writing job."""
    section_tokens: int = 8192
    """Tokens that one answer of a section may have; one that is cut there is gone on with."""
    writing_jobs: int = 10
    """Writing jobs that run at a time, over all tenants."""
    writing_jobs_per_tenant: int = 10
    lease_seconds: int = 1800
    """How long a writing job has its place without a sign of life: longer than any step and the wait for its retry."""
    removal_grace_seconds: int = 960
    """How long a worker may still be at work on what was removed under it: longer than any function runs."""
    session_idle_days: int = 30
    """How long a writing session may be left alone."""
    writing_machine_arn: str = ""
    oidc_issuer: str = ""
    """Whose tokens are taken in place of keys; nobody's if it is empty."""
    oidc_audience: str = ""
    """For whom the tokens have to be made out."""
    oidc_tenant_claim: str = "tenant"
    oidc_role_claim: str = "role"
    audit_retention_days: int = 365
    """How long a tenant's audit log is kept."""
    journal_retention_days: int = 30
    """How long a stream's entries are kept that has no retention of its own."""
    journal_grace_seconds: int = 60
    """How long the stream may take to flush a block before the sweeper does."""
    accept_grace_seconds: int = 60
    """How long an accepted job may wait for its execution before the sweeper sends it again."""

    worker_seconds: int = 300
    """How long a worker of the real-time lane may run: one that has had its chunk for longer is dead."""
    in_flight: int = 32
    """Calls that a worker makes at a time, at most."""
    flush_requests: int = 70
    """Calls of a worker that are started and whose outcomes are not yet stored, at most: what its death may cost."""
    most_tries: int = 5
    """Calls for a request that may fail before it fails."""
    probe_seconds: float = 5
    """The least time between two calls to a provider that is down."""
    resend_after_seconds: int = 900
    """How long nothing may move in a shard of the real-time lane before its messages are sent again."""
    most_waiting_chunks: int = 5000
    """Chunks that may wait in a queue of the real-time lane; more are turned away until there are fewer."""
    rate_limits: dict[str, Rate] = {}
    """What providers and models take in a minute, by `provider` or `provider/model`."""
    disabled_providers: tuple[str, ...] = ()
    """Providers that take no new batches and sessions."""
    enqueued_tokens: dict[str, int] = {}
    """Tokens that may be enqueued at a time in batches, by `provider` or `provider/model`; else refusals teach it."""
    quota_patience_seconds: int = 3600
    """How long a part of a batch waits for an account that is used up before it fails."""

    def resource(self, field: str) -> str:
        """The name of one of the deployment's resources. Raises Misconfigured if the function was not given it."""
        name: str = getattr(self, field)
        if not name:
            raise Misconfigured(f"{field.upper()} is not set: the template has to give it to this function")
        return name

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """What the environment says; all else keeps its default. Raises Misconfigured with the name that is wrong."""
        named = {name: environ[name.upper()] for name in sorted(VARIABLES) if environ.get(name.upper())}
        try:
            return cls.model_validate(_said(environ.get("SETTINGS", "")) | named)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            raise Misconfigured(f"the parameter Settings: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def _said(text: str) -> dict[str, Any]:
    """The parameter `Settings`; fractions stay as they are written, since prices are exact."""
    try:
        found = json.loads(text or "{}", parse_float=str)
    except ValueError as error:
        raise Misconfigured(f"the parameter Settings is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Misconfigured('the parameter Settings is no JSON object, as {"few_requests": 50} is')
    if own := sorted(VARIABLES & found.keys()):
        raise Misconfigured(f"the parameter Settings: {own[0]} is none of these; the template gives it by itself")
    return found


VARIABLES = frozenset(
    {
        "batch_machine_arn",
        "bucket_name",
        "deployment",
        "export_function",
        "forecast_concurrency",
        "journal_export_function",
        "forecast_machine_arn",
        "high_work_queue_url",
        "journal_table_name",
        "low_work_queue_url",
        "normal_work_queue_url",
        "oidc_audience",
        "oidc_issuer",
        "provider_keys_secret",
        "refused_observations_queue_url",
        "removal_function",
        "retention_days",
        "schedule_function_arn",
        "schedule_group",
        "schedule_role_arn",
        "start_function",
        "table_name",
        "tenant_keys_prefix",
        "worker_seconds",
        "writing_machine_arn",
    }
)
"""What functions are given by variables: names of resources, and parameters that the template needs itself."""
