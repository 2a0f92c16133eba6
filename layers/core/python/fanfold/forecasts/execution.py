"""What a forecast is asked for with: a body, an execution's input, a dropped file, a schedule's turn.

An execution comes from the API, from somebody in the Step Functions console whose input is a portfolio, from a file
that was dropped under `inbox/<tenant>/forecasts/`, or from a schedule that has a portfolio forecast anew.
"""

import re
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from fanfold.accounts.tenants import TenantName
from fanfold.errors import Invalid
from fanfold.forecasts.job import KIND, ForecastConfig
from fanfold.jobs.identity import Begin, Caller, Execution, job_id
from fanfold.jobs.job import JobRef
from fanfold.problems import invalid

PLACE = re.compile(r"inbox/([^/]+)/forecasts/(.+[^/])")


class CreateForecast(ForecastConfig):
    """The body of `POST /v1/forecasts`: the configuration, and the series themselves or an upload of them."""

    series: Annotated[list[Any] | dict[str, Any], Field(min_length=1)] | None = None
    """A list of series, or a mapping, read as a JSON file of it is: of names to values, or pandas' `to_json`."""
    upload: str | None = None


class Retrain(BaseModel):
    """The input of an execution that a schedule starts: whose portfolio, which, and for when."""

    tenant: str
    retrain: str
    at: str

    @property
    def ref(self) -> JobRef:
        """The edition for that moment, whether or not there is one yet."""
        return JobRef(tenant=self.tenant, job=job_id(KIND, self.tenant, self.retrain, self.at))


class ConsoleForecast(CreateForecast):
    """An execution's input that is a portfolio itself."""

    tenant: TenantName


class Dropped(BaseModel):
    """S3's event of a file that arrived: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html."""

    id: str
    detail: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.detail["object"]["key"])

    @property
    def version(self) -> str:
        found = self.detail["object"]
        return str(found.get("version-id") or found["sequencer"])

    @property
    def place(self) -> tuple[str, str]:
        """Tenant and file name. Raises Invalid."""
        if (found := PLACE.fullmatch(self.key)) is None:
            raise Invalid(f"{self.key} is no place for a portfolio", field="key")
        return found[1], found[2]

    @property
    def ref(self) -> JobRef:
        """The job made of the object, once a version."""
        return JobRef(tenant=self.place[0], job=job_id(KIND, self.place[0], self.key, self.version))


class ForecastExecution(Execution):
    @property
    def ref(self) -> JobRef:
        """The job it is for, whether or not there is one yet. Raises Invalid."""
        try:
            if "retrain" in self.input:
                return Retrain.model_validate(self.input).ref
            if "job" in self.input:
                return Begin.load(self.input).ref
            if "detail" in self.input:
                return Dropped.model_validate(self.input).ref
            return self.caller.ref(KIND)
        except ValidationError as error:
            raise invalid(error, "the execution's input") from None

    @property
    def portfolio(self) -> ConsoleForecast:
        return ConsoleForecast.model_validate(self.input)

    @property
    def caller(self) -> Caller:
        return Caller(tenant=self.portfolio.tenant, correlation_id=self.id, idempotency_key=self.id)
