"""How the help desk starts: from nothing, and again on what is there."""

import asyncio
import sys

import pytest
import uvicorn
from examples.helpdesk.__main__ import main
from examples.helpdesk.app import create_app
from fastapi.testclient import TestClient

from grantkit import VENDOR, System
from grantkit.testing import FakeClock
from postgres import database


@pytest.fixture
def begun(tmp_path, clock):
    """A help desk in which something is going on."""
    desk = create_app(tmp_path, clock=clock).state.desk
    yield desk
    asyncio.run(desk.records.close())


def test_every_way_in_is_under_way(begun):
    """A new help desk shows each way in: let in, asked, approved and not activated, and one customer who hides."""
    lists = {
        tenant: (
            [str(each.state) for each in begun.access.grants(tenant)],
            [str(each.state) for each in begun.access.consents(tenant)],
            [str(each.state) for each in begun.access.requests(tenant)],
        )
        for tenant in begun.tenants
    }
    assert {
        "acme": (["live"], [], ["pending"]),
        "cobalt": (["live"], [], []),
        "delta": ([], [], []),
        "elm": (["live"], [], ["approved", "pending"]),
        "oak": ([], ["live"], ["approved"]),
        "fern": (["live"], [], []),
    } == lists


def test_a_desk_goes_on_where_it_stopped(tmp_path, clock, begun):
    """Started again on the same folder it keeps what was done, and a clock that stands still begins where it stood."""
    begun.invoices.update(begun.invoices.find("acme", 1002), status="paid", note="found")
    clock.advance(days=1)
    begun.access.freeze("acme", by=begun.people["m-ana"])
    again = create_app(tmp_path, clock=FakeClock("2027-03-03T14:20:00Z")).state.desk
    assert clock.now() == again.now()
    assert "paid" == again.invoices.find("acme", 1002).status
    assert "frozen" == again.access.authorize(again.people["a-kim"], "acme", "invoice:list").reason
    assert 1 == len(again.access.grants("acme"))
    asyncio.run(again.records.close())


def test_a_desk_goes_on_on_a_server_too(tmp_path, clock):
    """Started again on its database, with a folder that is new, it begins nothing twice, and its clock goes on."""
    with database() as address:
        url = address.render_as_string(hide_password=False)

        def start(folder, at):
            (tmp_path / folder).mkdir()
            return create_app(tmp_path / folder, clock=at, database=url).state.desk

        first = start("first", clock)
        clock.advance(days=9)
        first.access.suspend("a-tom", by=System("hr"))
        events = [first.access.ledger.head(tenant).seq for tenant in (*first.tenants, VENDOR)]
        asyncio.run(first.records.close())

        again = start("second", FakeClock("2027-03-03T14:20:00Z"))
        assert clock.now() == again.now()
        assert events == [again.access.ledger.head(tenant).seq for tenant in (*again.tenants, VENDOR)]
        assert again.invoices.of("acme")
        asyncio.run(again.records.close())


@pytest.mark.parametrize("given", [[], ["--clock"]], ids=["real-clock", "fake-clock"])
def test_the_command_says_where_it_is(tmp_path, monkeypatch, capsys, given):
    """The command makes its folder, says where that and the pages are, listens on the loopback interface alone."""
    run = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **how: run.append((app, how)))
    monkeypatch.setattr(
        sys, "argv", ["helpdesk", "--port", "8123", "--folder", str(tmp_path / "desk"), *given]
    )
    main()
    ((app, how),) = run
    assert ("127.0.0.1", 8123) == (how["host"], how["port"])
    said = capsys.readouterr().out
    assert f"The records are in {tmp_path / 'desk'}.\n" in said
    assert "http://127.0.0.1:8123/" in said
    with TestClient(app, headers={"Accept": "text/html"}) as client:
        assert bool(given) == ("one day" in client.get("/").text)
