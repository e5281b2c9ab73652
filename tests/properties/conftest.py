"""
The shorter profile leaves out what tries the tests themselves, or the same code once more at length.

It is for other interpreters and the built wheel; the full run has all of it.
"""

import os

quick = os.environ.get("GRANTKIT_PROFILE") == "quick"
collect_ignore = ["test_i26_chain.py", "test_i32_lockstep.py", "test_sabotage.py"] if quick else []
