"""The stories that are told on a file are told with the records in PostgreSQL too, in both ways."""

import pytest

from helpdesk.on_a_server import app, awaited  # noqa: F401  # fixtures: the desk of this module
from helpdesk.test_stories_meister import *  # noqa: F403  # collected here once more
from helpdesk.test_stories_resolver import *  # noqa: F403

pytestmark = pytest.mark.gates
