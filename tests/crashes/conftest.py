"""Processes are forked and killed here: where there is no fork, there is nothing to test."""

import os

collect_ignore_glob = [] if hasattr(os, "fork") else ["test_*.py"]
