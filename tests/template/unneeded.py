"""Statements of IAM that no end-to-end test needs, each with the reason why it stands there (docs/security.md)."""

UNNEEDED: dict[str, str] = {}
