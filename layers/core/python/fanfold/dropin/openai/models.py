"""Models as OpenAI's SDK lists them: those of every provider that has a known price here."""

from fanfold.batches.backend import BatchBackend
from fanfold.batches.views.providers import list_providers
from fanfold.dropin.openai.objects import OpenAIModel, OpenAIModels
from fanfold.dropin.providers import provider_of
from fanfold.errors import Invalid, NotFound


def models(backend: BatchBackend) -> OpenAIModels:
    """All of them, by provider."""
    enabled = [provider for provider in list_providers(backend).providers if provider.enabled]
    return OpenAIModels(
        data=[OpenAIModel(id=each.model, owned_by=provider.name) for provider in enabled for each in provider.models]
    )


def model(name: str, backend: BatchBackend) -> OpenAIModel:
    """The model, if a provider here can have it. Raises NotFound."""
    try:
        return OpenAIModel(id=name, owned_by=provider_of(name, backend))
    except Invalid:
        raise NotFound(f"The model '{name}' does not exist.", field="model") from None
