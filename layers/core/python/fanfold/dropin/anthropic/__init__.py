"""Anthropic's surface, as the SDK `anthropic` calls it: https://platform.claude.com/docs/en/api/creating-message-batches."""
