"""Names of encodings of text."""

import codecs


def known(encoding: str) -> str:
    """The name of an encoding of text. Raises ValueError for what is none."""
    try:
        codecs.decode(b"", encoding)
        return codecs.lookup(encoding).name
    except (LookupError, TypeError):
        raise ValueError(f"there is no encoding {encoding!r}; usual ones are utf-8, utf-16, windows-1252") from None
