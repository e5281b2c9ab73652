"""
Processes are forked and killed here: where there is no fork, there is nothing to test.

The shorter profile leaves them out: what they ask depends on SQLite and the operating system, and the full run asks it.
"""

import os

asked = hasattr(os, "fork") and os.environ.get("GRANTKIT_PROFILE") != "quick"
collect_ignore_glob = [] if asked else ["test_*.py"]
