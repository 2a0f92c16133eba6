"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer


class LanePrices(Answer):
    """Dollars a million tokens, for requests of the first price step."""

    input_usd: float = 0
    cached_usd: float = 0
    output_usd: float = 0


class ModelPrices(Answer):
    """A model, and its prices by lane."""

    model: str = ""
    lanes: dict[str, LanePrices] = Field(default_factory=dict)


class Provider(Answer):
    """A provider as this deployment has it."""

    name: str = ""
    enabled: bool = False
    """Whether the operator lets new batches go to it."""
    lanes: list[str] = Field(default_factory=list)
    default_model: str = ""
    structured_output: bool = False
    models: list[ModelPrices] = Field(default_factory=list)
    """Those with a known price; others can be used all the same, and are in no sum."""


class ProviderList(Answer):
    """In the API ProviderList."""

    providers: list[Provider] = Field(default_factory=list)
