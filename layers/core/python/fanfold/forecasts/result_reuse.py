"""Keep: where the last results of a chunk's series are, so that what has not changed is not fitted again."""

from hashlib import blake2b

from fanfold.jobs.job import JobRef
from fanfold.ports import Blobs

PREFIX = "cache/"


def read_cached(ref: JobRef, last: str, config: bytes, blobs: Blobs) -> list[bytes]:
    """The lines of earlier results of the chunk that ends with that series."""
    try:
        return blobs.get(blobs.get(_place(ref, last, config)).decode()).splitlines(keepends=True)
    except KeyError:
        return []


def cache_results(ref: JobRef, last: str, config: bytes, results: str, blobs: Blobs) -> None:
    """Note where the results of the chunk that ends with that series are."""
    blobs.put(_place(ref, last, config), results.encode())


def _place(ref: JobRef, last: str, config: bytes) -> str:
    """Told by the last name: it says where a chunk ends, and before it series may come and go."""
    return f"{PREFIX}{ref.tenant}/{config.hex()}/{blake2b(last.encode(), digest_size=16).hexdigest()}"
