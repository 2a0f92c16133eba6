"""Webhooks: who is told of a tenant's events, and how what is told gets there."""
