"""What all tests share: property tests that judge results, never the speed of the machine."""

from hypothesis import settings

settings.register_profile("fanfold", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("fanfold")
