"""Settings of all tests.

Hypothesis runs without a clock and without chance, so that a test says the same on every machine. The profile
`nightly` draws anew and longer: `HYPOTHESIS_PROFILE=nightly pytest -m nightly`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick", derandomize=True, deadline=None, database=None, max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly", deadline=None, database=None, max_examples=5_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

os.environ["FMPLANG_CACHE"] = "none"  # no test takes an answer that the machine kept from earlier
