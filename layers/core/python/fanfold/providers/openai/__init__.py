"""OpenAI: chat completions, through batches of uploaded files and one by one."""

from fanfold.providers.openai.batch_api import OpenAIBatches
from fanfold.providers.openai.dialect import OpenAIDialect
from fanfold.providers.openai.direct_api import OpenAIDirect
from fanfold.providers.openai.webhooks import OpenAIWebhooks


class OpenAI(OpenAIDialect, OpenAIBatches, OpenAIDirect, OpenAIWebhooks):
    """The provider `openai`."""


PLUGIN = OpenAI
