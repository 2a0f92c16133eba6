"""What is fetched from outside of AWS: the keys of an issuer of tokens."""

from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

MOST_BYTES = 1024 * 1024
SECONDS = 3.0


def fetched(url: str) -> bytes:
    """What the address answers. Raises OSError if it does not, or says too much."""
    try:
        with PoolManager(retries=Retry(1), timeout=Timeout(SECONDS)) as pool:
            answer = pool.request("GET", url, preload_content=False)
            body: bytes = answer.read(MOST_BYTES + 1)
    except HTTPError as error:
        raise OSError(f"{url} does not answer: {error}") from None
    if answer.status != 200 or len(body) > MOST_BYTES:
        raise OSError(f"{url} answers {answer.status} and {len(body):,} bytes")
    return body
