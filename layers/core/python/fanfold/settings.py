"""What a deployment sets, read once from the environment by `wiring.py`."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict

MEBI = 1024 * 1024


class Settings(BaseModel):
    """Names of the deployment's resources, and the limits an operator may change.

    Each field is the environment variable of the same name in upper case; the template sets it.
    """

    model_config = ConfigDict(frozen=True)

    table_name: str = ""
    bucket_name: str = ""
    start_queue_url: str = ""
    removal_queue_url: str = ""
    export_queue_url: str = ""
    batch_machine_arn: str = ""
    forecast_machine_arn: str = ""
    schedule_group: str = ""
    schedule_role_arn: str = ""
    provider_keys_secret: str = ""
    tenant_keys_prefix: str = ""
    """What the names of the secrets with tenants' own provider keys begin with."""
    journal_table_name: str = ""
    event_bus_name: str = "default"
    version: str = "0.1.0"

    max_body_bytes: int = 4 * MEBI
    """What an API body may hold; JSON escaping inside the Lambda event makes more than this dishonest."""
    max_upload_bytes: int = 512 * MEBI
    chunk_requests: int = 1000
    """Requests in one chunk object, at most."""
    chunk_bytes: int = 8 * MEBI
    chunk_series: int = 1000
    """Series in one chunk object, usually."""
    max_portfolio_series: int = 200_000
    """Series of one portfolio: the last step has to write their exports within its time."""
    series_price_microusd: float = 0.5
    """What a series' forecast is taken to cost, in millionths of a dollar, when a portfolio's cost is limited."""
    link_seconds: int = 3600
    """How long a presigned link works."""
    provider_timeout_seconds: float = 60
    """How long one call to a provider may take; a submit that died is left alone for as long."""
    stuck_after_seconds: int = 12 * 3600
    """How long a batch at a provider may show no progress before it is reported as stuck."""
    max_mishaps: int = 5
    """How many executions of a job may end by accident before it is given up."""
    retention_days: int = 30
    """How long a job is kept after its end, or a draft after its beginning."""
    journal_retention_days: int = 30
    """How long a stream's entries are kept that has no retention of its own."""
    journal_grace_seconds: int = 60
    """How long the stream may take to flush a block before the sweeper does."""
    accept_grace_seconds: int = 60
    """How long an accepted job may wait for its execution before the sweeper sends it again."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The settings named in `environ`; what is missing keeps its default."""
        named = {name: environ[name.upper()] for name in cls.model_fields if environ.get(name.upper())}
        return cls.model_validate(named)
