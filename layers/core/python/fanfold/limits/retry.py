"""How long the real-time lane waits before it makes a call that failed again. The setting `most_tries` says how often.

Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/); what the provider says of
when to come back is the least, and never undercut. What is final is never tried again.
"""

from random import Random

from fanfold.errors import ProviderThrottled, ProviderUnavailable

BASE_SECONDS, CAP_SECONDS = 0.5, 30.0
SPREAD = 0.1
"""A share of `retry_after` that is waited on top, at most: not everybody comes back at the same moment."""


def pause(error: ProviderUnavailable, tries: int, random: Random) -> float:
    """Seconds to wait after the try that made them `tries`."""
    after = error.retry_after if isinstance(error, ProviderThrottled) else None
    backoff = random.uniform(0, min(CAP_SECONDS, BASE_SECONDS * 2.0**tries))
    if after is None:
        return backoff
    return after + random.uniform(0, max(0.05, after * SPREAD))
