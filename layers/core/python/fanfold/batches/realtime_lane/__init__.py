"""The real-time lane: chunks as messages, each worked on with many calls in flight.

`shard` sends a shard's messages and watches over them, `worker` works on one of them, `request_pool` is its calls,
`fallbacks` and `repair` say who is asked next and with what.
"""
