"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from fanfold_client.answers import Answer


class Budget(Answer):
    """The budget, and what batches under it have spent or set aside."""

    daily_usd: float | None = None
    monthly_usd: float | None = None
    today_usd: float = 0
    month_usd: float = 0
