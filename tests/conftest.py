"""Hypothesis draws the same examples on every machine, so that a failure is a failure everywhere."""

from hypothesis import settings

settings.register_profile("exact", derandomize=True, deadline=None, database=None, max_examples=100)
settings.load_profile("exact")
