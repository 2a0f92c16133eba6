"""Surfaces of other SDKs over our own batches: no second engine, only other words for the same use cases."""
