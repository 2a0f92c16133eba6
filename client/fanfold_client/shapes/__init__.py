"""What the service answers, as the client reads it."""
