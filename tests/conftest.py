"""Hypothesis draws the same examples on every machine, so that a failure is a failure everywhere.

``HYPOTHESIS_PROFILE=nightly`` draws ten times as many, and ``few`` a tenth, for `tools/mutants.py`, which does not ask
for a smaller example of a failure either.
"""

import os

from hypothesis import Phase, settings

for name, n in {"few": 10, "exact": 100, "nightly": 1000}.items():
    phases = [Phase.explicit, Phase.generate] if name == "few" else list(Phase)
    settings.register_profile(name, derandomize=True, deadline=None, database=None, max_examples=n, phases=phases)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "exact"))
