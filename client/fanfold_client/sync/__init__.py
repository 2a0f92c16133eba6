# Made by `make client` of aio/__init__.py: do not edit.
"""The client's calls, resource by resource."""
