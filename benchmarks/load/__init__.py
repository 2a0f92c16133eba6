"""How many calls the accept paths take in: a locust file, for a deployment on this machine."""
