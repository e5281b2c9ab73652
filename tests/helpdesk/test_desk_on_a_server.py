"""The help desk with its records in PostgreSQL: the stories that are told on a file are told there, in both ways."""

import pytest
from examples.helpdesk.app import create_app
from examples.helpdesk.records import in_a_file

from grantkit import AsyncSupportAccess, SupportAccess
from helpdesk.test_stories_m3ter import *  # noqa: F403  # collected here once more, with the desk below
from helpdesk.test_stories_meister import *  # noqa: F403
from helpdesk.test_stories_resolver import *  # noqa: F403
from helpdesk.test_stories_working import *  # noqa: F403
from postgres import database

pytestmark = pytest.mark.gates


@pytest.fixture(params=[False, True], ids=["threads", "awaited"])
def app(request, tmp_path, clock):
    """A new help desk on a server, with nobody let in anywhere."""
    with database() as address:
        url = address.render_as_string(hide_password=False)
        yield create_app(tmp_path, clock=clock, stories=False, database=url, awaited=request.param)


def test_the_desk_is_on_the_server(app, desk, tmp_path):
    """Nothing of the records lies in the folder, and guards ask the door that was wanted."""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["invoices.db"]
    assert isinstance(desk.access, SupportAccess)
    assert isinstance(desk.records.door, AsyncSupportAccess | SupportAccess)
    assert desk.records.door.clock is desk.access.clock


def test_a_file_is_asked_through_one_door(tmp_path, clock):
    """In a file pages and guards ask the same."""
    records = in_a_file(tmp_path / "grants.db", {}.get, clock)
    assert records.door is records.access
