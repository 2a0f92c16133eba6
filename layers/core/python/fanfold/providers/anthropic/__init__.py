"""Anthropic: messages, through Message Batches and one by one, and files."""

from fanfold.providers.anthropic.batch_api import AnthropicBatches
from fanfold.providers.anthropic.dialect import AnthropicDialect
from fanfold.providers.anthropic.direct_api import AnthropicDirect
from fanfold.providers.anthropic.files import AnthropicFiles
from fanfold.providers.anthropic.webhooks import AnthropicWebhooks


class Anthropic(AnthropicDialect, AnthropicBatches, AnthropicDirect, AnthropicFiles, AnthropicWebhooks):
    """The provider `anthropic`."""


PLUGIN = Anthropic
