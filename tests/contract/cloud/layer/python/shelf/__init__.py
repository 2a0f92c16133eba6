"""Code that only a layer brings."""

ORIGIN = __file__
