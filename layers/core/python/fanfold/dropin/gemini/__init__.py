"""Gemini's surface, as the SDK `google-genai` calls it: https://ai.google.dev/gemini-api/docs/batch-mode."""
