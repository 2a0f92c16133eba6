"""Gemini's surface: batches, generateContent, files with resumable uploads, and models.

Shapes are those the `google-genai` SDK 3.4 reads in Developer API mode (`google/genai/batches.py`, `files.py`);
rules are those of https://ai.google.dev/gemini-api/docs/batch-api.
"""

from local.provider.surface import Emulator, Surface
from local.provider.surfaces.gemini.routes import GeminiSurface


def surface(emulator: Emulator) -> Surface:
    """Gemini's routes over the shared emulator."""
    return GeminiSurface(emulator)
