"""
The shorter profile leaves out what tries the tests themselves, or the same code once more at length.

It is for other interpreters and the built wheel; the full run has all of it.
"""

import os

quick = os.environ.get("GRANTKIT_PROFILE") == "quick"
once = (
    "test_hot_path_of_chains.py",
    "test_i26_chain.py",
    "test_i32_lockstep.py",
    "test_requests_machine.py",
    "test_sabotage.py",
    "test_small_scope.py",
)
collect_ignore = list(once) if quick else []
