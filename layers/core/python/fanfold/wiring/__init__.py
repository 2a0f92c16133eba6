"""Which adapter stands behind which port: the one place where a deployment is put together.

A module for each service, so that a function imports only what it calls. Everything is made on first use and kept for
the life of the process.
"""
