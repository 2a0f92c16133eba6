"""Gemini: generateContent and embeddings, through batches of uploaded files and one by one, by the Developer API."""

from fanfold.providers.gemini.batch_api import GeminiBatches
from fanfold.providers.gemini.dialect import GeminiDialect
from fanfold.providers.gemini.direct_api import GeminiDirect
from fanfold.providers.gemini.webhooks import GeminiWebhooks


class Gemini(GeminiDialect, GeminiBatches, GeminiDirect, GeminiWebhooks):
    """The provider `gemini`."""


PLUGIN = Gemini
