"""The real-time lane: chunks as messages, each worked on with many calls in flight.

`dispatch` sends a shard's messages, `work` is what a worker does with one, `flight` its calls, `claims` who may write,
`watch` what the poller does for it, `closing` what Collect does.
"""
