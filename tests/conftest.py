"""Profiles for Hypothesis: GRANTKIT_PROFILE names one, `ci` is the default and needs no luck to repeat a failure."""

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "quick", max_examples=20, derandomize=True, deadline=None, suppress_health_check=_SLOW
)
settings.register_profile("ci", max_examples=80, derandomize=True, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "long", max_examples=5000, deadline=None, suppress_health_check=_SLOW, print_blob=True
)
settings.load_profile(os.environ.get("GRANTKIT_PROFILE", "ci"))
