"""A stand-in for model providers that answers their official SDKs over HTTP.

`python -m local.provider` runs it; `local.provider.process.ProviderEmulator` runs it from Python.
Each folder or file in `surfaces/` is one provider; everything else is shared by all of them.
"""
