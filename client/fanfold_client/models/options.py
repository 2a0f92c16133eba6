"""What may be asked, as keywords. Made by `make client` of openapi.json: do not edit."""

from typing import Any, TypedDict


class BatchOptions(TypedDict, total=False):
    """The body of `POST /v1/batches`. A draft may be without input, and gets more until it is processed."""

    provider: str | None
    model: str | None
    endpoint: str | None
    """What all its requests ask; `responses` are OpenAI's, `embeddings` OpenAI's and Gemini's."""
    mode: str | None
    """Which lane its requests go; `auto` has that chosen when it is planned."""
    priority: str | None
    """Before which others it goes in the real-time lane."""
    deadline: str | None
    """When what has no answer yet is given up, as expired. In the batch lane it takes `failover` to hold it."""
    failover: bool | None
    """Whether what a stuck batch has not answered is asked in real time before it is too late; with a deadline,
    yes."""
    fallbacks: list[dict[str, Any]] | None
    """Models that are asked in real time, in this order, when the one before has no answer for reasons of its
    own."""
    system: str | None
    batch_size: int | None
    """Requests in one batch at the provider, at most; its own limit holds in any case."""
    budget_usd: float | None
    """What the batch may cost in all its rounds; what there is no money for ends as failed, of the kind
    `budget`."""
    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    stop: str | list[str] | None
    seed: int | None
    reasoning_effort: str | None
    tools: list[dict[str, Any]] | None
    """Functions that the model may call, as OpenAI writes them."""
    tool_choice: str | dict[str, Any] | None
    from_template: str | None
    """A saved template by its name, or `name@version`: it says what is not said here."""
    variables: dict[str, str] | None
    """What the variables of the saved template hold."""
    template: str | None
    """A prompt with gaps, such as `Classify: {text}`, that rows and lines are filled into."""
    id_column: str | None
    """The field of a record, or the column, that is its custom_id."""
    keep_columns: list[str] | str | None
    """Fields of a record that are kept beside its result."""
    allow_empty: bool | None
    """Whether a field that the template names may be empty."""
    delimiter: str | None
    """What sets the fields of a CSV apart; it is found if nothing is said."""
    encoding: str | None
    """Of the input's text; UTF-8, UTF-16 and Windows-1252 are told apart if nothing is said."""
    response_schema: dict[str, Any] | None
    """A JSON Schema that every output has to keep to."""
    repair: bool | None
    """Whether an output that does not is shown to the model once, with what is wrong with it; in real time only."""
    collapse: bool | None
    """Whether requests that ask the same are asked once."""
    cache: bool | None
    """Whether answers are taken from, and left for, other batches of the tenant that ask the same."""
    timeout: float | None
    """Seconds that a request in real time may take; None is what the operator has set."""
    retry_attempts: int | None
    """Calls of a request in real time that may fail before it does."""
    requests_per_minute: int | None
    """The pace in real time, at most; the provider's limits hold in any case."""
    retention_days: int | None
    """How long it is kept after its end, if that is less than its tenant's batches are."""
    hooks: list[str] | None
    """What each request goes through before it is sent, and each result after it is received."""
    callbacks: dict[str, Any] | None
    """Who is told of its end, beside the tenant's webhooks."""
    sample: dict[str, Any] | None
    """Makes the batch a pilot: only a sample of its requests is asked; `POST …/go` begins the whole."""
    name: str | None
    description: str | None
    tags: list[str] | None
    metadata: dict[str, str] | None


class ForecastOptions(TypedDict, total=False):
    """The body of `POST /v1/forecasts`: the configuration, and the series themselves or an upload of them."""

    horizon: int | None
    """Steps ahead."""
    frequency: str | None
    season: int | list[int] | None
    """Steps of a season, or of several."""
    levels: list[int] | None
    """Of the intervals, in percent."""
    preset: str | None
    validation_split: float | None
    models_to_try: int | None
    models: list[str] | None
    hooks: list[str] | None
    work_limit: int | None
    time_limit: float | None
    """Seconds of clock that a model may take, as a last resort."""
    seasonal_preference: str | None
    intermittent_detection: bool | None
    clean_outliers: bool | None
    life_detection: bool | None
    borrowing: bool | None
    non_negative: bool | None
    lead_time: float | None
    lead_time_deviation: float | None
    review_period: float | None
    service_level: float | None
    stacking: bool | None
    missing: str | None
    """What a missing value or a period without a row was; None goes by the file's shape."""
    chunk: int | None
    """Series fitted at once."""
    parallel_chunks: int | None
    """Chunks that are fitted at a time; None is as many as the deployment fits, which is the most."""
    seed: int | None
    input_format: str | None
    """Of the file: csv, xlsx, parquet, json or zip; None goes by its name."""
    columns: dict[str, str] | None
    """Names of the file's columns by what they are; for `name` several, set apart by commas."""
    delimiter: str | None
    encoding: str | None
    decimal: str | None
    day_first: bool | None
    """Whether 1/2/2024 is the first of February."""
    sheet: str | None
    header_row: int | None
    skip_rows: int | None
    duplicates: str | None
    """What several values for a date of a series come to."""
    partial: str | None
    """What becomes of a last period that is not over."""
    end: str | None
    """The date of the portfolio's last period; None is the one that most series reach."""
    language: str | None
    """Of explanations, recommendations and reports."""
    retrain: str | None
    """Whether new observations have the portfolio forecast anew by themselves."""
    retrain_pause_minutes: int | None
    """Minutes from the first new observation until then; what comes meanwhile is used, too."""
    alert_below: float | None
    """Confidence below which a series is among the alerts."""
    max_series: int | None
    """A cost limit: a portfolio of more series is refused before anything is fitted."""
    max_cost_usd: float | None
    """The same in dollars, at the deployment's price of a series."""
    name: str | None
    title: str | None
    """Of reports; None is the name."""
    tags: list[str] | None
    metadata: dict[str, str] | None
    callbacks: dict[str, Any] | None
    """Who is told of its end, and of that of its editions, beside the tenant's webhooks."""


class SessionOptions(TypedDict, total=False):
    """What the owner says of a session."""

    name: str | None
    provider: str | None
    model: str | None
    """None is the provider's default."""
    language: str | None
    """The language to write in; None is that of the documents."""
    tone: str | None
    metadata: dict[str, str] | None


class TextOptions(TypedDict, total=False):
    """The body of `POST /v1/sessions/{session}/generate`. `fresh` asks for a new text where there is one
    already."""

    format: str | None
    outline: list[dict[str, Any]] | None
    """None lets the model make one."""
    sources: bool | None
    """Whether the text says which documents it draws on."""
    language: str | None
    tone: str | None
    provider: str | None
    model: str | None
    """These four: None is the session's."""
    fresh: bool | None
