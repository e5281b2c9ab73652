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

# The shorter profile is for other interpreters and the built wheel. It leaves out what tries one thing at length that
# neither changes, and what needs the sources beside the tests; the full run has all of it.
_ONCE = (
    "helpdesk/test_stories_hostile.py",
    "twin/test_twin_is_made.py",
    "unit/stores/test_sqlite_failures.py",
    "unit/stores/test_sqlite_tampering.py",
)
collect_ignore = list(_ONCE) if os.environ.get("GRANTKIT_PROFILE") == "quick" else []
