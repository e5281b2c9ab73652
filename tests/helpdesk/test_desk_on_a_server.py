"""The help desk with its records in PostgreSQL: a whole story, and which door is asked."""

import asyncio

import pytest
from examples.helpdesk.records import in_a_file

from grantkit import AsyncSupportAccess, SupportAccess
from helpdesk.on_a_server import app, awaited  # noqa: F401  # fixtures: the desk of this module
from helpdesk.test_stories_m3ter import (  # noqa: F401  # collected here once more
    test_m3ter_from_the_first_click_to_the_look_back,
    visit,
)


@pytest.mark.usefixtures("server")
def test_the_desk_is_on_the_server(desk, awaited, tmp_path):  # noqa: F811
    """Nothing of the records lies in the folder, and guards ask the door that was wanted, on the same clock."""
    assert ["invoices.db"] == sorted(path.name for path in tmp_path.iterdir())
    assert SupportAccess is type(desk.access)
    assert (AsyncSupportAccess if awaited else SupportAccess) is type(desk.records.door)
    assert desk.records.door.clock is desk.access.clock


def test_each_click_asks_the_door_that_was_wanted(browse, desk, awaited, monkeypatch):  # noqa: F811
    """A click in the CRM is decided by the guards' door: awaited, the one that blocks is not asked."""
    kim, asked = browse("a-kim"), []
    for door in {id(each): each for each in (desk.access, desk.records.door)}.values():
        monkeypatch.setattr(type(door), "authorize", _noted(type(door), asked))
    kim.get("/crm/acme/invoices/1002")
    assert {AsyncSupportAccess if awaited else SupportAccess} == set(asked)


def _noted(kind, asked):
    authorize = kind.authorize

    def noted(*given, **how):
        asked.append(kind)
        return authorize(*given, **how)

    return noted


def test_a_file_is_asked_through_one_door(tmp_path, clock):
    """In a file pages and guards ask the same."""
    records = in_a_file(tmp_path / "grants.db", {}.get, clock)
    assert records.door is records.access
    asyncio.run(records.close())
