"""The fields of OpenAI's file, batch and list calls, checked."""

from collections.abc import Mapping
from typing import Any

from local.provider.problems import bad_request
from local.provider.surfaces.openai.requests import CHAT, EMBEDDINGS, RESPONSES

MOST_PAIRS, LONGEST_NAME, LONGEST_VALUE = 16, 64, 512
SHORTEST_LIFE, LONGEST_LIFE = 3600, 2_592_000


def batch_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of `batches.create` as fields of a `Batch`; CallError (400) names the wrong one."""
    for name in ("input_file_id", "endpoint", "completion_window"):
        if not isinstance(body.get(name), str):
            raise bad_request(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    if body["endpoint"] not in (CHAT, RESPONSES, EMBEDDINGS):
        message = f"Invalid value: '{body['endpoint']}'. The emulator has '{CHAT}', '{RESPONSES}' and '{EMBEDDINGS}'."
        raise bad_request(message, "endpoint", "invalid_value")
    if body["completion_window"] != "24h":
        message = f"Invalid value: '{body['completion_window']}'. Value must be '24h'."
        raise bad_request(message, "completion_window", "invalid_value")
    policy = body.get("output_expires_after")
    return {
        "input_file_id": body["input_file_id"],
        "endpoint": body["endpoint"],
        "completion_window": body["completion_window"],
        "metadata": _metadata(body.get("metadata")),
        "output_ttl": None if policy is None else _lifetime(policy, "output_expires_after"),
    }


def expiry_seconds(form: Mapping[str, str], otherwise: int | None) -> int | None:
    """The life of an upload from its `expires_after[…]` form fields, else `otherwise` (seconds)."""
    if "expires_after[seconds]" not in form:
        return otherwise
    seconds = form["expires_after[seconds]"]
    policy = {"anchor": form.get("expires_after[anchor]"), "seconds": int(seconds) if seconds.isdigit() else None}
    return _lifetime(policy, "expires_after")


def page_fields(query: Mapping[str, str], usual: int, most: int) -> tuple[str | None, int]:
    """The cursor and the limit (1 to `most`) of a list call."""
    limit = query.get("limit", str(usual))
    if not limit.isdigit() or not 1 <= int(limit) <= most:
        raise bad_request(f"Invalid 'limit': expected an integer from 1 to {most}.", "limit", "invalid_value")
    return query.get("after"), int(limit)


def _lifetime(policy: Any, name: str) -> int:
    if not isinstance(policy, dict) or policy.get("anchor") != "created_at":
        raise bad_request(f"Invalid '{name}.anchor': it must be 'created_at'.", f"{name}.anchor", "invalid_value")
    seconds = policy.get("seconds")
    if not isinstance(seconds, int) or not SHORTEST_LIFE <= seconds <= LONGEST_LIFE:
        message = f"Invalid '{name}.seconds': expected an integer from {SHORTEST_LIFE} to {LONGEST_LIFE}."
        raise bad_request(message, f"{name}.seconds", "invalid_value")
    return seconds


def _metadata(given: Any) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or len(given) > MOST_PAIRS:
        raise bad_request(f"Invalid 'metadata': expected an object of at most {MOST_PAIRS} pairs.", "metadata")
    for name, value in given.items():
        if len(name) > LONGEST_NAME or not isinstance(value, str) or len(value) > LONGEST_VALUE:
            message = f"Invalid 'metadata.{name}': names have up to {LONGEST_NAME} characters, values are strings of up"
            raise bad_request(f"{message} to {LONGEST_VALUE}.", f"metadata.{name}")
    return given
