"""OpenAI's surface: files, batches, chat completions, responses and models.

Shapes are those the `openai` SDK 3.54 reads (`openai/types`); rules are those of
https://developers.openai.com/api/reference and the Batch guide.
"""

from local.provider.surface import Emulator, Surface
from local.provider.surfaces.openai.routes import OpenAISurface


def surface(emulator: Emulator) -> Surface:
    """OpenAI's routes over the shared emulator."""
    return OpenAISurface(emulator)
