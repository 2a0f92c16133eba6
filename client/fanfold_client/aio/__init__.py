"""The client's calls, resource by resource."""
