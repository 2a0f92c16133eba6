"""OpenAI's surface, as the SDK `openai` calls it: https://platform.openai.com/docs/api-reference/batch."""
