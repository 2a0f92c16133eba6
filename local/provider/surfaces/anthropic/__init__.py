"""Anthropic's surface: message batches, messages, files and models.

Shapes are those the `anthropic` SDK 2.12 reads (`anthropic/types`); rules are those of
https://platform.claude.com/docs/en/api/messages and the batch processing guide.
"""

from local.provider.surface import Emulator, Surface
from local.provider.surfaces.anthropic.routes import AnthropicSurface


def surface(emulator: Emulator) -> Surface:
    """Anthropic's routes over the shared emulator."""
    return AnthropicSurface(emulator)
