"""Examples of bodies, by model; a test reads each with its model."""

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "CreateBatch": {
        "name": "topics",
        "provider": "openai",
        "model": "gpt-5.4-mini",
        "mode": "auto",
        "budget_usd": 5,
        "requests": [
            {"custom_id": "a-1", "input": "Which topic: my parcel came broken", "max_tokens": 200},
            {"custom_id": "a-2", "input": "Which topic: how do I change my address", "max_tokens": 200},
        ],
    },
    "CreateForecast": {
        "name": "shoes",
        "horizon": 3,
        "frequency": "M",
        "series": [
            {
                "name": "boots",
                "values": [12, 9, 14, 11, 13, 15],
                "dates": [f"2026-{month:02d}-01" for month in range(1, 7)],
            }
        ],
    },
    "SessionOptions": {"name": "house style", "provider": "anthropic", "language": "English"},
    "Train": {"title": "How we write", "text": "We write short sentences. We say what a thing does."},
    "Generate": {"topic": "How to return a parcel", "words": 300, "format": "markdown"},
    "BudgetRequest": {"daily_usd": 5, "monthly_usd": 100},
    "CreateKey": {"name": "nightly job", "role": "editor", "scopes": ["batches"]},
    "RetryBatch": {"what": ["failed", "truncated"], "max_tokens": 800},
    "PostObservations": {"observations": [{"series": "boots", "date": "2026-07-01", "value": 16}]},
}
