"""The help desk on PostgreSQL, in both ways: fixtures that a module imports in place of the usual desk."""

import pytest
from examples.helpdesk.app import create_app

from postgres import database


@pytest.fixture(params=[False, True], ids=["threads", "awaited"])
def awaited(request):
    """Whether guards await their decisions on the event loop."""
    return request.param


@pytest.fixture
def app(awaited, tmp_path, clock):
    """A new help desk on a server, with nobody let in anywhere; it lets go of the server when it stops running."""
    with database() as address:
        url = address.render_as_string(hide_password=False)
        yield create_app(tmp_path, clock=clock, stories=False, database=url, awaited=awaited)
